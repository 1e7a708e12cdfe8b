/** Examples shown in the API's documentation; a test sends them. */
export const PRODUCT_EXAMPLE = {
  name: 'Desk lamp',
  description: 'Warm light, three steps.',
  url: 'https://shop.example/desk-lamp',
  image: 'https://shop.example/desk-lamp.jpg',
  price: 49.9,
  currency: 'EUR',
  salePrice: 39.9,
  saleFrom: '2026-11-27T00:00:00+02:00',
  saleUntil: '2026-11-30T00:00:00+02:00',
  stock: 120,
  lowStock: 10,
  categories: ['Home', 'Lamps'],
  brand: 'Lumen',
  attributes: { color: 'black', watt: 9 },
  languages: { uk: { name: 'Настільна лампа', url: 'https://shop.example/uk/desk-lamp' } },
};

export const BATCH_EXAMPLE = {
  products: [
    { product_id: 'desk-lamp', price: 44.9, currency: 'EUR', stock: 87 },
    { product_id: 'floor-lamp', availability: 'out_of_stock' },
  ],
};
