//! The whole route table.

use actix_web::web::{ServiceConfig, resource, to};

use crate::http::{
    audit, deliveries, dev_inbox, docs, forgot_password, health, home, jwks, metrics, phone,
    protected, refresh, resend_otp, reset_page, reset_password, sign_in, sign_out, sign_up,
    verify_email,
};
use crate::problem::Problem;

/// The path templates of the API, the only ones by which requests are counted.
pub const TEMPLATES: &[&str] = &[
    "/user/home",
    "/user/protected",
    "/user/signup",
    "/user/verify-email",
    "/user/verify_email",
    "/user/resend-otp",
    "/user/signin",
    "/user/refresh",
    "/user/signout",
    "/user/send-sms",
    "/user/verify-sms",
    "/user/verify_sms",
    "/user/forgot-password",
    "/auth/reset-password",
    "/user/reset-password",
    "/reset-password",
    "/.well-known/jwks.json",
    "/openapi.json",
    "/docs",
    "/docs/{file}",
    "/health/live",
    "/health/ready",
    "/dev/inbox",
    "/dev/inbox.json",
    "/dev/inbox.js",
    "/dev/inbox.css",
    "/dev/inbox/{id}",
];

/// Every path that clients may call. A known path refuses other methods with 405, every other
/// path is 404; trailing slashes are not routes.
pub fn public(routes: &mut ServiceConfig) {
    routes
        .service(resource("/user/home").get(home::home))
        .service(resource("/user/protected").get(protected::protected))
        .service(resource("/user/signup").post(sign_up::sign_up))
        .service(
            resource(["/user/verify-email", "/user/verify_email"]).post(verify_email::verify_email),
        )
        .service(resource("/user/resend-otp").post(resend_otp::resend_otp))
        .service(resource("/user/signin").post(sign_in::sign_in))
        .service(resource("/user/refresh").get(refresh::refresh).post(refresh::refresh_by_post))
        .service(resource("/user/signout").delete(sign_out::sign_out))
        .service(resource("/user/send-sms").post(phone::send_sms))
        .service(resource(["/user/verify-sms", "/user/verify_sms"]).post(phone::verify_sms))
        .service(resource("/user/forgot-password").post(forgot_password::forgot_password))
        .service(
            resource(["/auth/reset-password", "/user/reset-password"])
                .post(reset_password::reset_password),
        )
        .service(resource("/reset-password").get(reset_page::reset_page))
        .service(resource("/.well-known/jwks.json").get(jwks::jwks))
        .service(resource("/openapi.json").get(docs::openapi_json))
        .service(resource("/docs").get(docs::docs))
        .service(resource("/docs/{file}").get(docs::docs_asset));
    health_checks(routes);
}

/// For load balancers; also on the admin listener.
pub fn health_checks(routes: &mut ServiceConfig) {
    routes
        .service(resource("/health/live").get(health::live))
        .service(resource("/health/ready").get(health::ready))
        .default_service(to(async || Err::<String, _>(Problem::NotFound)));
}

/// For operators: on the admin listener only.
pub fn admin(routes: &mut ServiceConfig) {
    routes
        .service(resource("/audit").get(audit::audit))
        .service(resource("/deliveries").get(deliveries::deliveries))
        .service(resource("/metrics").get(metrics::metrics));
    health_checks(routes);
}

/// Only while a transport is the inbox.
pub fn development(routes: &mut ServiceConfig) {
    routes
        .service(resource("/dev/inbox").get(dev_inbox::inbox_page))
        .service(resource("/dev/inbox.json").get(dev_inbox::inbox_json))
        .service(resource("/dev/inbox.js").get(dev_inbox::inbox_script))
        .service(resource("/dev/inbox.css").get(dev_inbox::inbox_style))
        .service(resource("/dev/inbox/{id}").get(dev_inbox::inbox_mail));
}
