//! All products with their prices and stock.

use eventsourcing::{
    EventView, Projection, ReadModel, ReadModelError, RecordedEvent, RowTx, WrongStream,
    aggregate_id,
};
use serde::{Deserialize, Serialize};

use crate::domain::product::{
    Listed, Product, ProductEvent, Repriced, StockAdded, StockDispatched, StockReleased,
    StockReserved,
};
use crate::domain::{Money, Sku};

/// A product in the catalogue.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) price: Money,
    pub(crate) on_hand: u64,
    pub(crate) reserved: u64,
}

/// All products.
pub(crate) const PRODUCTS: ReadModel<Sku, Row> = ReadModel::new("products");

/// Keeps [`PRODUCTS`].
pub(crate) struct Catalogue;

/// What it looks at.
#[derive(Debug, EventView)]
#[es(of = ProductEvent)]
pub(crate) enum Seen {
    Listed(Listed),
    Repriced(Repriced),
    StockAdded(StockAdded),
    StockReserved(StockReserved),
    StockReleased(StockReleased),
    StockDispatched(StockDispatched),
}

/// Why an event cannot be handled.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CatalogueError {
    #[error(transparent)]
    Rows(#[from] ReadModelError),
    #[error(transparent)]
    Stream(#[from] WrongStream),
    #[error("product `{sku}` would have less than nothing: {row:?}")]
    Negative { sku: Sku, row: Row },
}

impl Projection for Catalogue {
    const NAME: &'static str = "catalogue";
    const VERSION: u32 = 1;
    type View = Seen;
    type Tx = RowTx;
    type Error = CatalogueError;

    async fn handle(
        &self,
        event: Seen,
        recorded: &RecordedEvent,
        tx: &mut RowTx,
    ) -> Result<(), CatalogueError> {
        let sku = aggregate_id::<Product>(&recorded.stream)?;
        let row = tx.get(&PRODUCTS, &sku)?.unwrap_or_default();
        let next = row.clone().after(event);
        let next = next.ok_or_else(|| CatalogueError::Negative {
            sku: sku.clone(),
            row,
        })?;
        Ok(tx.put(&PRODUCTS, &sku, &next)?)
    }
}

impl Row {
    /// `None` where there is less than what goes away.
    fn after(mut self, event: Seen) -> Option<Self> {
        match event {
            Seen::Listed(event) => {
                self.name = event.name;
                self.price = event.price;
            }
            Seen::Repriced(event) => self.price = event.price,
            Seen::StockAdded(event) => self.on_hand += u64::from(event.quantity),
            Seen::StockReserved(event) => self.reserved += u64::from(event.quantity),
            Seen::StockReleased(event) => self.release(event.quantity)?,
            Seen::StockDispatched(event) => {
                self.release(event.quantity)?;
                self.on_hand = self.on_hand.checked_sub(event.quantity.into())?;
            }
        }
        Some(self)
    }

    fn release(&mut self, quantity: u32) -> Option<()> {
        self.reserved = self.reserved.checked_sub(quantity.into())?;
        Some(())
    }
}
