import { createHash } from 'node:crypto';

const STYLE = `
:root{color-scheme:light dark;--line:#8883;--soft:#8881;--ink:#6a7280}
*{box-sizing:border-box}
body{margin:0;font:15px/1.5 system-ui,sans-serif}
header{display:flex;gap:1rem;align-items:center;flex-wrap:wrap;padding:.9rem 1.2rem;border-bottom:1px solid var(--line)}
h1{font-size:1.15rem;margin:0}
header p{margin:0;color:var(--ink);flex:1}
input{font:inherit;padding:.35rem .7rem;border:1px solid var(--line);border-radius:.5rem;min-width:16rem;background:transparent;color:inherit}
main{display:grid;grid-template-columns:minmax(20rem,28rem) 1fr;height:calc(100vh - 4rem)}
@media(max-width:50rem){main{grid-template-columns:1fr;height:auto}}
ol{list-style:none;margin:0;padding:0;overflow:auto;border-right:1px solid var(--line)}
li button{all:unset;display:block;width:100%;box-sizing:border-box;padding:.7rem 1.2rem;border-bottom:1px solid var(--line);cursor:pointer}
li button:hover,li button[aria-current=true]{background:var(--soft)}
li button:focus-visible{outline:2px solid #3b82f6;outline-offset:-2px}
.row{display:flex;gap:.5rem;align-items:baseline}
.to{flex:1;overflow:hidden;text-overflow:ellipsis;white-space:nowrap;font-weight:600}
.small{color:var(--ink);font-size:.85rem}
.line{overflow:hidden;text-overflow:ellipsis;white-space:nowrap}
.tag{font-size:.75rem;padding:.05rem .5rem;border-radius:1rem;background:var(--soft)}
.email{color:#2563eb}.sms{color:#15803d}.push{color:#b45309}.web-push{color:#0f766e}.viber{color:#7c3aed}
article{padding:1.2rem;overflow:auto}
article h2{margin:.2rem 0 .8rem;font-size:1.1rem}
iframe{width:100%;height:55vh;border:1px solid var(--line);border-radius:.5rem;background:#fff}
pre{white-space:pre-wrap;overflow-wrap:anywhere;background:var(--soft);padding:.8rem;border-radius:.5rem}
.none{padding:2rem 1.2rem;color:var(--ink)}
`;

const SCRIPT = `
const list=document.querySelector('ol'),view=document.querySelector('article'),[find,key]=document.querySelectorAll('input'),told=document.querySelector('header p');
key.value=new URLSearchParams(location.hash.slice(1)).get('key')||'';
let rows=[],chosen=null,drawn='';
const make=(tag,name,text)=>{const e=document.createElement(tag);if(name)e.className=name;if(text!==undefined)e.textContent=text;return e};
const content=m=>((m.payload.messages||[])[0]||{}).content||{};
const subject=m=>m.channel==='email'?(m.payload.subject||''):m.channel==='sms'?(m.payload.Body||content(m).text||''):m.channel==='viber'?(content(m).text||''):m.channel==='web-push'?((m.payload||{}).title||''):((m.payload.message||{}).notification||{}).title||'';
const words={email:'e-mail',sms:'SMS',push:'push','web-push':'web push',viber:'Viber'};
function draw(){
  const state=JSON.stringify(rows.map(m=>[m.id,m.status]))+chosen;
  if(state===drawn)return;
  drawn=state;
  list.replaceChildren(...rows.map(m=>{
    const item=make('li'),button=make('button'),top=make('div','row'),low=make('div','row small');
    button.setAttribute('aria-current',String(m.id===chosen));
    top.append(make('span','tag '+m.channel,words[m.channel]),make('span','to',m.to),make('span','small',new Date(m.at).toLocaleTimeString()));
    low.append(make('span','line',subject(m)));
    const state=make('span','tag',m.status);state.style.marginLeft='auto';low.append(state);
    button.append(top,low);
    button.onclick=()=>{chosen=m.id;show(m);draw()};
    item.append(button);return item}));
  if(!rows.length)list.append(make('li','none','No messages yet. They appear here by themselves.'));
}
function show(m){
  view.replaceChildren(make('div','small',words[m.channel]+' through '+m.provider+' to '+m.to+', '+new Date(m.at).toLocaleString()),make('h2','',subject(m)));
  if(m.channel==='email'){
    const parts=m.payload.content||[],html=parts.find(p=>p.type==='text/html'),text=parts.find(p=>p.type==='text/plain');
    if(html){const frame=make('iframe');frame.setAttribute('sandbox','');frame.title='The e-mail';frame.srcdoc=html.value;view.append(frame)}
    if(text)view.append(make('h2','','Text'),make('pre','',text.value));
  }else if(m.channel==='push')view.append(make('p','',((m.payload.message||{}).notification||{}).body||''));
  const more=make('details'),sum=make('summary','','The request');
  more.append(sum,make('pre','',JSON.stringify(m.payload,null,2)));view.append(more);
}
async function load(){
  try{
    const to=find.value.trim(),answer=await fetch('inbox?limit=200'+(to?'&to='+encodeURIComponent(to):''),{headers:key.value?{authorization:'Bearer '+key.value}:{}});
    key.hidden=answer.status!==401;
    if(answer.status===401){told.textContent='Paste the admin key that npm start printed.';setTimeout(load,2000);return}
    if(!answer.ok)throw new Error();
    rows=(await answer.json()).data;if(to)rows.reverse();
    told.textContent='What the providers accepted. Nothing here left this machine.';draw();
  }catch{told.textContent='The sandbox does not answer at the moment.'}
  setTimeout(load,2000);
}
load();
`;

/** The `Content-Security-Policy` sources of the page's own style and script. */
function hashOf(text: string): string {
  return `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
}

/**
 * The page's own policy, for whoever serves it: nothing from elsewhere, and mails are shown in a
 * frame without scripts. Styles are open, as mails are full of them.
 */
export const INBOX_PAGE_POLICY = [
  "default-src 'none'",
  `script-src ${hashOf(SCRIPT)}`,
  "style-src 'unsafe-inline'",
  'img-src data:',
  "connect-src 'self'",
  "frame-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');

/**
 * The inbox as one page that needs nothing from elsewhere. It asks `inbox` beside itself, with the
 * key of the address's fragment (`#key=…`, which no server sees) or one typed in when asked for.
 */
export function inboxPage(): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width,initial-scale=1">
<title>Kairos sandbox: inbox</title>
<style>${STYLE}</style>
</head>
<body>
<header><h1>Sandbox inbox</h1><p>Loading…</p><input type="search" placeholder="All, or one address" aria-label="Address"><input type="password" placeholder="Admin key" aria-label="Admin key" autocomplete="off" hidden></header>
<main><ol></ol><article><p class="small">Choose a message to read it.</p></article></main>
<script>${SCRIPT}</script>
</body>
</html>
`;
}
