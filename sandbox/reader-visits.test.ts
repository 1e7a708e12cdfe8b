import { describe, expect, it } from '@jest/globals';
import { readerVisits } from './reader-visits.ts';

const base = 'http://127.0.0.1:8080';

describe('the reader of a mail', () => {
  it('fetches its picture and follows its first link that can be seen', () => {
    const html =
      `<body><a href="${base}/l/trap.x" aria-hidden="true" style="display:none"></a>` +
      `<a href="https://shop.example/direct">a</a><a class="b" href="${base}/l/one.x">b</a>` +
      `<a href="${base}/l/two.x">c</a><img src="https://shop.example/o.png"><img src="${base}/o/pixel.x"></body>`;
    expect(readerVisits(html)).toEqual({ open: `${base}/o/pixel.x`, click: `${base}/l/one.x` });
  });

  it('asks for nothing where nothing is tracked', () => {
    const html = '<a href="https://shop.example/">a</a><img src="https://shop.example/a.png">';
    expect(readerVisits(html)).toEqual({ open: null, click: null });
  });
});
