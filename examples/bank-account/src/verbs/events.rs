//! `events`: what is in the log, looked through by type, time and payload.

use std::ops::Bound;

use eventsourcing::{EventStoreExt, Filter};

use crate::args::Events as Args;
use crate::error::Error;
use crate::log::{CATEGORIES, Shown, shown, stored_names};
use crate::output::amount_of;
use crate::session::Session;

pub(super) async fn run(session: &mut Session, args: Args) -> Result<(), Error> {
    let filter = filter(&args)?;
    let mut query = session.bank.accounts.store().query(filter.clone());
    if args.newest_first {
        query = query.backward();
    }
    let mut count = 0;
    let mut unknown: Vec<_> = args.wanted.iter().collect();
    loop {
        let page = query.page().await?;
        let next = page.cursor;
        for recorded in &page.events {
            let mut events = shown(recorded)?;
            if args.newest_first {
                events.reverse();
            }
            unknown.retain(|field| !events.iter().any(|event| field.is_known_to(event)));
            for event in events.iter().filter(|event| is_wanted(&args, event)) {
                if args.limit == Some(count) {
                    return session.out.note("... and more");
                }
                if count == 0 {
                    session.out.note(&Shown::heading())?;
                }
                count += 1;
                session.out.print(event)?;
            }
        }
        if page.is_last {
            session.out.note(&amount_of(count, "event"))?;
            for field in unknown {
                let field = field.field();
                let note = format!("no event looked at has a field `{field}`");
                session.out.note(&note)?;
            }
            return Ok(());
        }
        let store = session.bank.accounts.store();
        query = store.query(filter.clone()).resume(next);
    }
}

fn filter(args: &Args) -> Result<Filter, Error> {
    let mut filter = CATEGORIES.into_iter().fold(Filter::all(), Filter::category);
    for wanted in &args.types {
        for name in stored_names(wanted)? {
            filter = filter.event_type(name);
        }
    }
    let since = args.since.map_or(Bound::Unbounded, Bound::Included);
    let until = args.until.map_or(Bound::Unbounded, Bound::Included);
    Ok(filter.recorded((since, until)))
}

/// Also what a filter cannot tell: which part of a split event it is, and what is in the payload.
fn is_wanted(args: &Args, event: &Shown) -> bool {
    let name = event.today.as_ref().map(|today| today.name);
    let of_type = args.types.is_empty() || args.types.iter().any(|wanted| name == Some(wanted));
    of_type && args.wanted.iter().all(|wanted| wanted.matches(event))
}
