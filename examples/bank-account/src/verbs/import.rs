//! `import`: a bank statement becomes commands.

use crate::args::Import;
use crate::error::Error;
use crate::import;
use crate::session::Session;

pub(super) async fn run(session: &mut Session, args: Import) -> Result<(), Error> {
    import::run(session, args).await
}
