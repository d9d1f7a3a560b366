//! What can be asked of a product, and the rules.

use eventsourcing::{Command, Context, Events, Handle, events};

use super::{
    Listed, Product, ProductError, ProductEvent, Repriced, ReservationRefused, StockAdded,
    StockDispatched, StockReleased, StockReserved,
};
use crate::domain::{Money, OrderId, Sku, is_one_line};

/// List a product, without any stock.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Product)]
pub struct ListProduct {
    /// Under which number.
    #[es(id)]
    pub product: Sku,
    /// What it is called.
    pub name: String,
    /// What one piece costs.
    pub price: Money,
}

/// Give a product another price.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Product)]
pub struct Reprice {
    /// Which.
    #[es(id)]
    pub product: Sku,
    /// What one piece costs from now on.
    pub price: Money,
}

/// Take pieces into the warehouse.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Product)]
pub struct AddStock {
    /// Which.
    #[es(id)]
    pub product: Sku,
    /// How many.
    pub quantity: u32,
}

/// Put pieces aside for an order. That there are not enough is no refusal but recorded, so that the order goes on.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Product)]
pub struct ReserveStock {
    /// Which.
    #[es(id)]
    pub product: Sku,
    /// For whom.
    pub order: OrderId,
    /// How many.
    pub quantity: u32,
}

/// Let go of what is put aside for an order; nothing if there is nothing.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Product)]
pub struct ReleaseStock {
    /// Which.
    #[es(id)]
    pub product: Sku,
    /// For whom.
    pub order: OrderId,
}

/// Hand over what is put aside for an order.
#[derive(Debug, Clone, Command)]
#[es(aggregate = Product)]
pub struct DispatchStock {
    /// Which.
    #[es(id)]
    pub product: Sku,
    /// For whom.
    pub order: OrderId,
}

type Decision = Result<Events<ProductEvent>, ProductError>;

impl Product {
    fn must_be_listed(&self) -> Result<(), ProductError> {
        if self.listed {
            Ok(())
        } else {
            Err(ProductError::Unknown)
        }
    }
}

fn must_be_price(price: Money) -> Result<(), ProductError> {
    if (1..=Money::MAX_CENTS).contains(&price.cents) {
        Ok(())
    } else {
        Err(ProductError::Price)
    }
}

fn must_be_quantity(quantity: u32) -> Result<(), ProductError> {
    if (1..=Product::MAX_QUANTITY).contains(&quantity) {
        Ok(())
    } else {
        Err(ProductError::Quantity(quantity))
    }
}

impl Handle<ListProduct> for Product {
    fn handle(&self, command: ListProduct, _: &Context) -> Decision {
        if self.listed {
            return Err(ProductError::AlreadyListed);
        }
        if !is_one_line(&command.name, Product::MAX_NAME_BYTES) {
            return Err(ProductError::Name);
        }
        must_be_price(command.price)?;
        let ListProduct { name, price, .. } = command;
        Ok(events![Listed { name, price }])
    }
}

impl Handle<Reprice> for Product {
    fn handle(&self, command: Reprice, _: &Context) -> Decision {
        self.must_be_listed()?;
        must_be_price(command.price)?;
        if command.price == self.price {
            return Ok(Events::none());
        }
        let price = command.price;
        Ok(events![Repriced { price }])
    }
}

impl Handle<AddStock> for Product {
    fn handle(&self, command: AddStock, _: &Context) -> Decision {
        self.must_be_listed()?;
        let quantity = command.quantity;
        must_be_quantity(quantity)?;
        if self.on_hand + u64::from(quantity) > Product::MAX_ON_HAND {
            return Err(ProductError::Quantity(quantity));
        }
        Ok(events![StockAdded { quantity }])
    }
}

impl Handle<ReserveStock> for Product {
    fn handle(&self, command: ReserveStock, _: &Context) -> Decision {
        self.must_be_listed()?;
        let ReserveStock {
            order, quantity, ..
        } = command;
        must_be_quantity(quantity)?;
        if self.reserved.contains_key(&order) {
            return Ok(Events::none());
        }
        let available = self.available();
        if u64::from(quantity) > available {
            return Ok(events![ReservationRefused {
                order,
                quantity,
                available
            }]);
        }
        Ok(events![StockReserved { order, quantity }])
    }
}

impl Handle<ReleaseStock> for Product {
    fn handle(&self, command: ReleaseStock, _: &Context) -> Decision {
        let order = command.order;
        Ok(match self.reserved_for(&order) {
            Some(quantity) => events![StockReleased { order, quantity }],
            None => Events::none(),
        })
    }
}

impl Handle<DispatchStock> for Product {
    fn handle(&self, command: DispatchStock, _: &Context) -> Decision {
        let order = command.order;
        match self.reserved_for(&order) {
            Some(quantity) => Ok(events![StockDispatched { order, quantity }]),
            None => Err(ProductError::NotReserved(order)),
        }
    }
}
