/* global document, window, location, localStorage, crypto */
/** A shop as small as can be: what its page says to Kairos, and where Kairos answers. */
const GOODS = [
  { product_id: 'mug', name: 'Blue mug', price: 12.5 },
  { product_id: 'kettle', name: 'Copper kettle', price: 79 },
  { product_id: 'tea', name: 'Green tea', price: 8.4 },
];
/** Only what is said here begins the journeys of this page (cli/demo/site/). */
const SHOP = 'demo-page';

const kairos = window.kairos;
const at = (id) => document.getElementById(id);
const isCart = location.pathname.endsWith('/cart');

const cart = () => JSON.parse(localStorage.getItem('demo.cart') ?? '{"lines":[]}');
const keep = (value) => localStorage.setItem('demo.cart', JSON.stringify(value));

function add(product) {
  const known = cart();
  const id = known.id ?? crypto.randomUUID();
  keep({ id, lines: [...known.lines, product] });
  kairos.track('Product Added', {
    ...product,
    cart_id: id,
    quantity: 1,
    currency: 'USD',
    url: `${location.origin}/demo/cart`,
    shop: SHOP,
  });
  draw();
}

function draw() {
  const { lines } = cart();
  at('count').textContent = String(lines.length);
  at('title').textContent = isCart ? 'Your cart' : 'On the shelf';
  at('goods').replaceChildren(
    ...(isCart ? lines : GOODS).map((product) => {
      const item = document.createElement('li');
      const name = document.createElement('h2');
      name.textContent = product.name;
      const price = document.createElement('p');
      price.textContent = `$${product.price.toFixed(2)}`;
      item.append(name, price);
      if (!isCart) {
        const button = document.createElement('button');
        button.type = 'button';
        button.textContent = 'Into the cart';
        button.addEventListener('click', () => add(product));
        item.append(button);
      }
      return item;
    }),
  );
}

function answer(granted) {
  at('ask').hidden = true;
  kairos.consent(granted);
}

at('agree').addEventListener('click', () => answer(true));
at('refuse').addEventListener('click', () => answer(false));
at('ask').hidden = localStorage.getItem('kairos.consent') === '1';
kairos.inbox.mount(at('bell'));
kairos.page(isCart ? 'Cart' : 'Shelf', { shop: SHOP });
draw();
