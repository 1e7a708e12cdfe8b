/** What Kairos tells those who are interested in a product. */
export const PRICE_DROPPED = 'Product Price Dropped';
export const PRICE_RAISED = 'Product Price Raised';
export const BACK_IN_STOCK = 'Product Back In Stock';
export const OUT_OF_STOCK = 'Product Out Of Stock';
export const RUNNING_LOW = 'Product Running Low';
export const DISCONTINUED = 'Product Discontinued';

export const CATALOGUE_EVENTS: readonly string[] = [
  PRICE_DROPPED,
  PRICE_RAISED,
  BACK_IN_STOCK,
  OUT_OF_STOCK,
  RUNNING_LOW,
  DISCONTINUED,
];
