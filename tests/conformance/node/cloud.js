'use strict';
/*
 * The emulator that the tests of a file have for themselves, and the SDK pointed at it by its documented setting.
 *
 * Addresses and keys come from the environment, where test_node.py put them. Tests of a file share the buckets, so each
 * uses keys of its own; what changes a bucket makes one.
 */

const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const qiniu = require('qiniu');

const environment = process.env;

const PUBLIC = 'pub';
const PRIVATE = 'priv';
const MIB = 1024 * 1024;

const uc = environment.KODO_UC;
const mac = new qiniu.auth.digest.Mac(environment.KODO_ACCESS_KEY, environment.KODO_SECRET_KEY);
const forger = new qiniu.auth.digest.Mac(environment.KODO_ACCESS_KEY, 'not-the-secret');
const domains = { [PUBLIC]: environment.KODO_PUBLIC_DOMAIN, [PRIVATE]: environment.KODO_PRIVATE_DOMAIN };
const sources = { [PUBLIC]: environment.KODO_PUBLIC_SOURCE, [PRIVATE]: environment.KODO_PRIVATE_SOURCE };

qiniu.conf.UC_HOST = uc;

const config = () => new qiniu.conf.Config({ useHttpsDomain: false });
const manager = (account = mac) => new qiniu.rs.BucketManager(account, config());

let made = 0;

/** A bucket of the test's own, made by the SDK, with its download domain. */
async function makeBucket () {
  const bucket = `made-${++made}`;
  const { data, resp } = await manager().createBucket(bucket, { regionId: 'z0' });
  if (resp.statusCode !== 200) {
    throw new Error(`no bucket: ${resp.statusCode} ${JSON.stringify(data)}`);
  }
  const listed = await manager().listBucketDomains(bucket);
  return { bucket, domain: `http://${listed.data[0].domain}` };
}

/** An upload token; `key` undefined means that the scope is the whole bucket. */
function uploadToken (bucket, key, policy = {}, account = mac) {
  const scope = key === undefined ? bucket : `${bucket}:${key}`;
  return new qiniu.rs.PutPolicy({ scope, ...policy }).uploadToken(account);
}

/** Put data with a token for just that key. */
async function upload (bucket, key, data = 'hello', policy = {}) {
  const uploader = new qiniu.form_up.FormUploader(config());
  const answer = await uploader.put(uploadToken(bucket, key, policy), key, data, null);
  if (answer.resp.statusCode !== 200) {
    throw new Error(`no upload: ${answer.resp.statusCode} ${JSON.stringify(answer.data)}`);
  }
  return answer.data;
}

/** One request that is sent as it is told: no path is tidied. */
function request (url, { method = 'GET', headers = {}, body } = {}) {
  const [, host, port, target] = /^http:\/\/([^:/]+):(\d+)(.*)$/s.exec(url);
  return new Promise((resolve, reject) => {
    const asked = http.request({ host, port, path: target || '/', method, headers, agent: false }, response => {
      const pieces = [];
      response.on('data', piece => pieces.push(piece));
      response.on('error', reject);
      response.on('end', () => {
        const content = Buffer.concat(pieces);
        resolve({ status: response.statusCode, headers: response.headers, content, text: content.toString() });
      });
    });
    asked.on('error', reject);
    asked.end(body);
  });
}

/** The emulator's control endpoint, which is no part of Kodo. */
async function control (method, name, document) {
  const body = document === undefined ? undefined : JSON.stringify(document);
  const answer = await request(`http://${uc}/_emulator/${name}`, { method, body });
  if (answer.status !== 200) {
    throw new Error(`${answer.status} ${answer.text}`);
  }
  return answer.text ? JSON.parse(answer.text) : null;
}

const log = () => control('GET', 'log');
const clearLog = () => control('DELETE', 'log');

/** Let time pass for what is stored while something runs. */
async function after (elapsedSeconds, run) {
  await control('POST', 'clock', { elapsed_s: elapsedSeconds });
  try {
    return await run();
  } finally {
    await control('POST', 'clock', {});
  }
}

/** Have requests fail while something runs. */
async function withFaults (rules, run) {
  await control('POST', 'faults', rules);
  try {
    return await run();
  } finally {
    await control('DELETE', 'faults');
  }
}

/** Byte i is i mod 251, as in the published vectors (protocol §9.4). */
function content (size) {
  const cycle = Buffer.from(Array.from({ length: 251 }, (_, index) => index));
  return Buffer.alloc(size, cycle);
}

const scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'sdk-'));

/** A file with this content. */
function file (name, data) {
  const where = path.join(scratch, name);
  fs.writeFileSync(where, data);
  return where;
}

/** Status and document of an answer. */
const shown = ({ data, resp }) => [resp.statusCode, data];

/** Status and text of a refusal. */
const refusal = ({ data, resp }) => [resp.statusCode, data.error];

/** A success that has nothing to say: the SDK makes null of an empty body. */
const DONE = [200, null];

/** The three arguments of a callback, as a promise. */
function called (start) {
  return new Promise(resolve => start((error, data, info) => resolve({ error, data, info })));
}

module.exports = {
  DONE, MIB, PRIVATE, PUBLIC, after, called, clearLog, config, content, control, domains, file, forger, log, mac,
  makeBucket, manager, qiniu, refusal, request, scratch, shown, sources, uc, upload, uploadToken, withFaults,
};
