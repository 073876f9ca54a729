//! Session Manager's channel protocol: frames, handshake, acknowledgements, smux; state machines
//! without sockets.
//!
//! Nothing is here yet. The server has no message gateway, so no session can be started; the README
//! lists what is missing.
