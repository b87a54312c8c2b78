'use strict';
/*
 * Uploads in one request, as a form (protocol §5.1).
 *
 * The SDK sends the form in chunks, without a Content-Length, and the checksum after the file that it is of.
 */

const assert = require('node:assert/strict');
const http = require('node:http');
const { Readable } = require('node:stream');
const { methodsOf, sdkTest } = require('./suite');
const {
  MIB, PRIVATE, PUBLIC, called, config, content, domains, file, forger, manager, qiniu, refusal, request, shown,
  uploadToken,
} = require('./cloud');

const HELLO = 'Fqr0xh3cxeii2r7eDztILNmuqUNN';
const EMPTY = 'Fto5o-5ea0sNMlW_75VgGJCv2AcJ';
const EXISTS = [614, 'file exists'];

const { PutExtra } = qiniu.form_up;
const uploader = () => new qiniu.form_up.FormUploader(config());
const { both, each } = methodsOf('form_up.FormUploader#');
const methods = ['put', 'putWithoutKey', 'putStream', 'putFile', 'putFileWithoutKey'];
const stat = async (bucket, key) => (await manager().stat(bucket, key)).data;

/** The same five ways of sending, each as (token, key, data, extra, callback). */
const WAYS = {
  put: (token, key, data, ...rest) => uploader().put(token, key, data, ...rest),
  putWithoutKey: (token, key, data, ...rest) => uploader().putWithoutKey(token, data, ...rest),
  putStream: (token, key, data, ...rest) => uploader().putStream(token, key, Readable.from([data]), ...rest),
  putFile: (token, key, data, ...rest) => uploader().putFile(token, key, file('form.txt', data), ...rest),
  putFileWithoutKey: (token, key, data, ...rest) =>
    uploader().putFileWithoutKey(token, file('form.txt', data), ...rest),
};

for (const method of methods) {
  const way = WAYS[method];
  const keyless = method.endsWith('WithoutKey');

  sdkTest(`${method}: good and bad`, both(method), async () => {
    const key = keyless ? undefined : `form/${method}`;
    const stored = keyless ? HELLO : key;
    const extra = new PutExtra('a "quoted"\r\nname.txt', { 'x:color': 'red' }, 'text/x-mine', null, true, {
      'x-qn-meta-colour': 'grün', 'not-metadata': 'x',
    });
    const { data, resp } = await way(uploadToken(PUBLIC), key, Buffer.from('hello'), extra);
    assert.deepEqual([resp.statusCode, data], [200, { hash: HELLO, key: stored }]);
    const { mimeType, 'x-qn-meta': metadata } = await stat(PUBLIC, stored);
    assert.deepEqual([mimeType, metadata], ['text/x-mine', { colour: 'grün' }]);
    assert.equal((await request(`${domains[PUBLIC]}/${stored}`)).text, 'hello');

    const told = await called(callback => way(uploadToken(PUBLIC), key, Buffer.from('hello'), null, callback));
    assert.deepEqual([told.error, told.data.key, told.info.statusCode], [null, stored, 200]);

    const forged = uploadToken(PUBLIC, undefined, {}, forger);
    assert.equal((await way(forged, key, Buffer.from('other'), null)).resp.statusCode, 401);
    const expired = uploadToken(PUBLIC, undefined, { expires: -10 });
    assert.equal((await way(expired, key, Buffer.from('other'), null)).resp.statusCode, 401);
    assert.deepEqual(
      refusal(await way(uploadToken(PUBLIC, 'another'), key, Buffer.from('other'), null)),
      [403, "key doesn't match scope"],
    );
    const failed = await called(callback => way(forged, key, Buffer.from('other'), null, callback));
    assert.deepEqual([failed.error, failed.info.statusCode, failed.data.code], [null, 401, 401]);
    assert.equal((await request(`${domains[PUBLIC]}/${stored}`)).text, 'hello');
  });

  sdkTest(`${method}: a wrong checksum`, { refused: each(method) }, async () => {
    const extra = crc32 => new PutExtra(null, null, null, crc32);
    const token = uploadToken(PRIVATE);
    const key = keyless ? undefined : 'form/checked';
    assert.equal((await way(token, key, Buffer.from('hello'), extra('1'))).resp.statusCode, 406);
    assert.equal((await way(token, key, Buffer.from('hello'), extra('crc'))).resp.statusCode, 400);
    assert.equal((await manager().stat(PRIVATE, keyless ? HELLO : key)).resp.statusCode, 612);
  });
}

sdkTest('the form as it is sent: in chunks, the checksum last', {}, async () => {
  let heard;
  const server = http.createServer((asked, answer) => {
    let text = '';
    asked.setEncoding('utf8').on('data', piece => { text += piece; }).on('end', () => {
      heard = { headers: asked.headers, names: [...text.matchAll(/ name="([^"]+)"/g)].map(([, name]) => name) };
      answer.writeHead(200, { 'Content-Type': 'application/json', 'X-Reqid': 'r' }).end('{}');
    });
  });
  await new Promise(resolve => server.listen(0, '127.0.0.1', resolve));
  const host = `127.0.0.1:${server.address().port}`;
  const settings = new qiniu.conf.Config({ zone: new qiniu.conf.Zone([host], [host], host, host, host, host) });
  await new qiniu.form_up.FormUploader(settings).put(uploadToken(PUBLIC), 'k', 'hello', null);
  server.closeAllConnections();
  server.close();
  assert.deepEqual(heard.names, ['token', 'key', 'file', 'crc32']);
  assert.deepEqual([heard.headers['transfer-encoding'], heard.headers['content-length']], ['chunked', undefined]);
});

sdkTest('the MIME type follows from the name of the file', { answered: each('putFile', 'put') }, async () => {
  await uploader().putFile(uploadToken(PUBLIC), 'form/typed', file('picture.png', 'hello'), null);
  await uploader().put(uploadToken(PUBLIC), 'form/untyped.png', 'hello', null);
  assert.equal((await stat(PUBLIC, 'form/typed')).mimeType, 'image/png');
  assert.equal((await stat(PUBLIC, 'form/untyped.png')).mimeType, 'application/octet-stream');
});

sdkTest('keys of every kind', { answered: each('put') }, async () => {
  for (const key of ['文件/图.png', 'a\\b"c', '/leading//double', 'a?b#c%2F', '..', '']) {
    const { data } = await uploader().put(uploadToken(PUBLIC, key), key, 'hello', null);
    assert.deepEqual(data, { hash: HELLO, key });
    assert.equal((await stat(PUBLIC, key)).fsize, 5);
  }
});

sdkTest('contents of every size', { answered: each('put', 'putFile') }, async () => {
  const sizes = [
    [1, 'FlupPJ2wz_k_UrUh10IOQ_btonhP'],
    [4 * MIB, 'Fgd8eREZ4FXnoK5eUHCJo_kRSDb1'],
    [4 * MIB + 1, 'lgV4TNEnA2AXSRVyDqVW4bohMKad'],
  ];
  for (const [size, hash] of sizes) {
    const { data } = await uploader().put(uploadToken(PUBLIC, 'form/sized'), 'form/sized', content(size), null);
    assert.deepEqual(data, { hash, key: 'form/sized' });
    assert.ok((await request(`${domains[PUBLIC]}/form/sized`)).content.equals(content(size)));
  }
  const empty = await uploader().putFile(uploadToken(PUBLIC), 'form/empty', file('empty', ''), null);
  assert.deepEqual(shown(empty), [200, { hash: EMPTY, key: 'form/empty' }]);
});

sdkTest('what may be overwritten', both('put'), async () => {
  const put = async (key, data, token) => uploader().put(token, key, data, null);
  assert.equal((await put('form/over', 'one', uploadToken(PUBLIC))).resp.statusCode, 200);
  assert.equal((await put('form/over', 'one', uploadToken(PUBLIC))).resp.statusCode, 200);
  assert.deepEqual(refusal(await put('form/over', 'two', uploadToken(PUBLIC))), EXISTS);
  const inserting = uploadToken(PUBLIC, 'form/over', { insertOnly: 1 });
  assert.deepEqual(refusal(await put('form/over', 'two', inserting)), EXISTS);
  assert.equal((await put('form/over', 'two', uploadToken(PUBLIC, 'form/over'))).resp.statusCode, 200);
  assert.equal((await request(`${domains[PUBLIC]}/form/over`)).text, 'two');
});
