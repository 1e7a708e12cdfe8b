import type { ImportKind } from './import-map.ts';

/** What a file of a kind may say, by the words of the map. */
interface Words {
  /** One of each group must be there. */
  needs: readonly (readonly string[])[];
  /** Everything a row can say, but for what goes to a line, to attributes or to properties. */
  fields: readonly string[];
}

/** Words that say whose row it is. */
export const WHO = ['external_id', 'anonymous_id', 'email', 'phone'] as const;

const MONEY_OF_ORDER = ['price', 'total', 'revenue'] as const;

export const WORDS: Readonly<Record<ImportKind, Words>> = {
  profiles: { needs: [WHO], fields: [...WHO, 'at'] },
  events: { needs: [WHO, ['event'], ['at']], fields: [...WHO, 'event', 'at', 'message_id'] },
  orders: {
    needs: [WHO, ['order_id'], ['at'], MONEY_OF_ORDER],
    fields: [...WHO, 'order_id', 'at', 'revenue', 'currency'],
  },
  products: {
    needs: [['product_id']],
    fields: [
      'product_id',
      'name',
      'description',
      'price',
      'currency',
      'sale_price',
      'sale_dates',
      'stock',
      'low_stock',
      'availability',
      'categories',
      'brand',
      'url',
      'image',
      'language',
    ],
  },
  consents: {
    needs: [WHO, ['channel'], ['granted']],
    fields: [...WHO, 'channel', 'granted', 'at', 'source', 'text', 'text_version'],
  },
  audience: { needs: [['email_sha256']], fields: ['email_sha256'] },
};

/** Parts of an order's line that are known by their names (Segment's e-commerce spec). */
export const LINE_WORDS = [
  'product_id',
  'sku',
  'name',
  'quantity',
  'price',
  'total',
  'category',
  'brand',
  'variant',
  'coupon',
] as const;

/** Properties of an order that are known by their names (Segment's e-commerce spec). */
export const ORDER_PROPERTIES = [
  'affiliation',
  'coupon',
  'discount',
  'shipping',
  'tax',
  'cart_id',
  'store_id',
] as const;

/** Other names for the same, as shops, spreadsheets and Google's product feed have them. */
const ALIASES: Readonly<Record<string, readonly string[]>> = {
  external_id: ['user_id', 'customer_id', 'client_id', 'customer', 'userid', 'customerid'],
  anonymous_id: ['anonymousid', 'visitor_id'],
  email: ['e_mail', 'email_address', 'mail'],
  phone: ['phone_number', 'mobile', 'mobile_phone', 'telephone'],
  at: ['timestamp', 'occurred_at', 'created_at', 'date', 'datetime', 'time', 'order_date'],
  event: ['event_name', 'event_type'],
  message_id: ['messageid', 'event_id'],
  order_id: ['orderid', 'order', 'order_number', 'invoice', 'invoice_no', 'transaction_id'],
  product_id: ['productid', 'item_id', 'stock_code'],
  quantity: ['qty'],
  price: ['unit_price'],
  total: ['line_total', 'amount'],
  revenue: ['order_total', 'value'],
  granted: ['consent', 'opt_in', 'subscribed'],
  name: ['title', 'product_name'],
  description: ['summary', 'content'],
  url: ['link'],
  image: ['image_link', 'image_url'],
  categories: ['product_type', 'category'],
  stock: ['inventory', 'stock_quantity', 'sell_on_google_quantity', 'quantity_to_sell_on_facebook'],
  sale_dates: ['sale_price_effective_date'],
  currency: ['currency_code'],
  email_sha256: [
    'sha256',
    'hash',
    'email_hash',
    'hashed_email',
    'hashed_emails',
    'sha256_email',
    'email_hash_sha256',
    'em',
  ],
};

/** What a bare `id` is in a file of a kind. */
const ID: Partial<Readonly<Record<ImportKind, string>>> = {
  profiles: 'external_id',
  products: 'product_id',
};

/** A column's name as names are compared: `Order ID`, `orderId` and `order-id` are `order_id`. */
export function plainName(name: string): string {
  return name
    .trim()
    .replaceAll(/([\p{Ll}\p{N}])(\p{Lu})/gu, '$1_$2')
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N}]+/gu, '_')
    .replaceAll(/^_+|_+$/g, '');
}

/** The words by which a column with this name would be known, the likeliest first. */
export function wordsFor(kind: ImportKind, column: string): string[] {
  const name = plainName(column);
  const own = name === 'id' ? ID[kind] : undefined;
  const also = Object.entries(ALIASES)
    .filter(([, names]) => names.includes(name))
    .map(([word]) => word);
  return [...(own === undefined ? [] : [own]), name, ...also];
}
