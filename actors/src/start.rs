//! stub
pub struct Actors;
pub struct Limited;
pub struct Settings;
pub struct StartError;
pub fn start() {}
