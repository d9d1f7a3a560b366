#[es(handler = DoorEvents)]
pub(crate) enum DoorEvent<T> {
    /// It was built.
    #[es(name = "door.built", version = 2, from(v1 = v1::Built))]
    #[serde(rename_all = "camelCase", rename = "not this")]
    Built {
        #[serde(default)]
        owner: String,
        r#type: T,
    },
    #[es(name = "door.moved")]
    Moved(i32, i32),
    #[es(name = "door.closed")]
    Closed,
    #[es(name = "door.renamed")]
    r#Loop(String),
}
