//! The templates of `config/templates/`, compiled in.

macro_rules! files {
    ($($name:literal,)*) => {
        &[$(($name, include_str!(concat!("../../../../config/templates/", $name))),)*]
    };
}

/// Each file's name under `config/templates/`, and its text. A test compares it with the folder.
pub(super) const FILES: &[(&str, &str)] = files![
    "layout.html",
    "en/sign_up_code.subject.txt",
    "en/sign_up_code.txt",
    "en/sign_up_code.html",
    "en/already_registered.subject.txt",
    "en/already_registered.txt",
    "en/already_registered.html",
    "en/password_reset_link.subject.txt",
    "en/password_reset_link.txt",
    "en/password_reset_link.html",
    "en/password_changed.subject.txt",
    "en/password_changed.txt",
    "en/password_changed.html",
    "en/phone_code.txt",
    "en/phone_verified.subject.txt",
    "en/phone_verified.txt",
    "en/phone_verified.html",
    "en/refresh_reuse.subject.txt",
    "en/refresh_reuse.txt",
    "en/refresh_reuse.html",
    "en/sign_in_after_failures.subject.txt",
    "en/sign_in_after_failures.txt",
    "en/sign_in_after_failures.html",
    "fr/sign_up_code.subject.txt",
    "fr/sign_up_code.txt",
    "fr/sign_up_code.html",
    "fr/already_registered.subject.txt",
    "fr/already_registered.txt",
    "fr/already_registered.html",
    "fr/password_reset_link.subject.txt",
    "fr/password_reset_link.txt",
    "fr/password_reset_link.html",
    "fr/password_changed.subject.txt",
    "fr/password_changed.txt",
    "fr/password_changed.html",
    "fr/phone_code.txt",
    "fr/phone_verified.subject.txt",
    "fr/phone_verified.txt",
    "fr/phone_verified.html",
    "fr/refresh_reuse.subject.txt",
    "fr/refresh_reuse.txt",
    "fr/refresh_reuse.html",
    "fr/sign_in_after_failures.subject.txt",
    "fr/sign_in_after_failures.txt",
    "fr/sign_in_after_failures.html",
];
