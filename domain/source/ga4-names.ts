/**
 * Names of Google Analytics 4 beside those of Segment's e-commerce spec, which Kairos knows carts and
 * orders by. What comes in of Google (ga4-row.ts) and what goes out to it (domain/webhook/ga4-event.ts)
 * read the same tables. https://developers.google.com/analytics/devguides/collection/protocol/ga4/reference/events
 */

/** Google's recommended events; of two that mean one the last is the one that goes out. */
export const GA4_EVENTS: Readonly<Record<string, string>> = {
  page_view: 'Page Viewed',
  screen_view: 'Screen Viewed',
  view_item: 'Product Viewed',
  view_item_list: 'Product List Viewed',
  select_item: 'Product Clicked',
  add_to_cart: 'Product Added',
  remove_from_cart: 'Product Removed',
  view_cart: 'Cart Viewed',
  add_to_wishlist: 'Product Added to Wishlist',
  begin_checkout: 'Checkout Started',
  add_shipping_info: 'Checkout Step Completed',
  add_payment_info: 'Payment Info Entered',
  purchase: 'Order Completed',
  refund: 'Order Refunded',
  view_search_results: 'Products Searched',
  search: 'Products Searched',
  view_promotion: 'Promotion Viewed',
  select_promotion: 'Promotion Clicked',
  sign_up: 'Signed Up',
  login: 'Signed In',
};

/** Google's events about one product, whose item's facts stand beside the others in Segment's. */
export const GA4_ABOUT_ONE: ReadonlySet<string> = new Set([
  'view_item',
  'select_item',
  'add_to_cart',
  'remove_from_cart',
  'add_to_wishlist',
]);

/** Facts of an item. */
export const GA4_ITEM: Readonly<Record<string, string>> = {
  item_id: 'product_id',
  item_name: 'name',
  item_brand: 'brand',
  item_variant: 'variant',
  item_category: 'category',
  price: 'price',
  quantity: 'quantity',
  coupon: 'coupon',
  item_list_name: 'list',
};

/** Parameters of an event. */
export const GA4_PARAMS: Readonly<Record<string, string>> = {
  page_location: 'url',
  page_title: 'title',
  page_referrer: 'referrer',
  search_term: 'query',
  transaction_id: 'order_id',
};

/** How the id of an event begins that came from Google's export. */
export const GA4_EVENT_PREFIX = 'ga4:';

/** How the anonymous id of a browser begins that Google knows; its client id follows. */
export const GA4_CLIENT_PREFIX = 'ga:';

/** The parameter that marks an event which Kairos told Google of, so that it does not come back. */
export const KAIROS_PARAM = 'kairos_event';
