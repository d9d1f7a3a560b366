#[es(dispatch = none)]
enum LedgerEvent<'a, T: Clone, __F = (), const N: usize = 2>
where
    T: Send,
{
    #[es(name = "ledger.posted", version = 2, from(v1 = v1::Posted<T>))]
    Posted(Posted<T>),
    #[es(name = "ledger.noted")]
    Noted(Cow<'a, str>, [__F; N]),
    #[es(name = "ledger.plain")]
    Plain(Plain),
}
