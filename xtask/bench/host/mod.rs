//! The machine: processors, processes and what they use, a certificate.

mod certificate;
mod cpus;
mod limits;
mod process;
mod usage;

pub(crate) use certificate::Certificate;
pub(crate) use cpus::Cpus;
pub(crate) use limits::open_files;
pub(crate) use process::Process;
pub(crate) use usage::Usage;
