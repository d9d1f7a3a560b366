#[es(
    split(name = "account.paid", v1 = v1::Paid, v2 = _, v3 = v3::Paid, into(Withdrawn, Opened)),
    retired(name = "account.consent", versions = 1..=2, reason = "moved to the CRM"),
    refused(name = "account.consent", versions = 3, reason = "wrong"),
)]
pub enum AccountEvent {
    #[es(
        name = "account.opened",
        version = 5,
        was("account.begun"),
        from(v1 = v1::Opened, v2 = !, v3(v3::Opened, via = lift), v4 = _)
    )]
    Opened(Opened),
    #[es(name = "account.withdrawn", id = 7)]
    Withdrawn(Withdrawn),
}
