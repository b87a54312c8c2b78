'use strict';
/* Ways to tell the SDK where the servers are (protocol §1.6), and what it makes of the discovery answer. */

const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');
const { methodsOf, sdkTest } = require('./suite');
const {
  PUBLIC, called, clearLog, config, log, mac, qiniu, scratch, uc, upload, uploadToken,
} = require('./cloud');

const {
  CachedRegionsProvider, Endpoint, HttpClient, QueryRegionsProvider, Region, SERVICE_NAME, StaticEndpointsProvider,
  StaticRegionsProvider,
} = qiniu.httpc;
const endpoint = () => new Endpoint(uc, { defaultScheme: 'http' });
const hosts = endpoints => endpoints.map(({ host }) => host);
const query = (bucketName, accessKey = mac.accessKey) => new QueryRegionsProvider({
  accessKey, bucketName, endpointsProvider: endpoint(), preferredScheme: 'http',
});
const discoveries = async () => (await log()).filter(({ target }) => target.includes('/query')).length;

/** Every host is found: uc, up, rs and rsf. */
async function works (settings) {
  const manager = new qiniu.rs.BucketManager(mac, settings);
  const uploader = new qiniu.form_up.FormUploader(settings);
  await clearLog();
  assert.equal((await uploader.put(uploadToken(PUBLIC, 'k'), 'k', 'hello', null)).resp.statusCode, 200);
  assert.equal((await manager.stat(PUBLIC, 'k')).data.fsize, 5);
  assert.equal((await manager.listPrefix(PUBLIC, { prefix: 'k' })).data.items[0].key, 'k');
  assert.ok((await manager.listBucket()).data.includes(PUBLIC));
}

/** A region whose every service is the emulator. */
function ownRegion () {
  const services = Object.fromEntries(Object.values(SERVICE_NAME).map(service => [service, [endpoint()]]));
  return new Region({ regionId: 'own', services });
}

sdkTest('one setting is enough', {
  answered: [
    'conf.Config#getUcEndpointsProvider', 'conf.Config#getRegionsProvider',
    'httpc.StaticEndpointsProvider#getEndpoints',
  ],
  refused: ['conf.Config#getRegionsProvider'],
}, async () => {
  assert.equal(qiniu.conf.QUERY_REGION_HOST, uc);
  assert.deepEqual(hosts(await config().getUcEndpointsProvider().getEndpoints()), [uc]);
  await works(config());
  const provider = await config().getRegionsProvider({ bucketName: PUBLIC, accessKey: mac.accessKey });
  assert.deepEqual((await provider.getRegions()).map(({ regionId }) => regionId), ['z0']);
  await assert.rejects(config().getRegionsProvider({}), /bucketName and accessKey is required/);
});

sdkTest('given places to ask', { answered: ['httpc.Endpoint#getEndpoints'] }, async () => {
  assert.deepEqual(await endpoint().getEndpoints(), [endpoint()]);
  await works(new qiniu.conf.Config({
    ucEndpointsProvider: endpoint(), queryRegionsEndpointsProvider: endpoint(), regionsQueryResultCachePath: null,
  }));
});

sdkTest('given regions', {
  answered: ['httpc.Region#getRegions', 'httpc.StaticRegionsProvider#getRegions'],
}, async () => {
  const region = ownRegion();
  assert.deepEqual(await region.getRegions(), [region]);
  assert.deepEqual(await new StaticRegionsProvider([region]).getRegions(), [region]);
  for (const regionsProvider of [region, new StaticRegionsProvider([region])]) {
    await works(new qiniu.conf.Config({ regionsProvider }));
    assert.equal(await discoveries(), 0);
  }
});

sdkTest('a zone as of old', { answered: ['httpc.Region.fromZone', 'util.prepareZone'] }, async () => {
  const zone = new qiniu.conf.Zone([uc], [uc], uc, uc, uc, uc);
  const settings = new qiniu.conf.Config({ zone, zoneExpire: -1 });
  await works(settings);
  assert.equal(await discoveries(), 0);
  assert.deepEqual(hosts(Region.fromZone(zone).services[SERVICE_NAME.RS]), [uc]);
  const context = { config: settings };
  const prepared = await called(callback => qiniu.util.prepareZone(context, mac.accessKey, PUBLIC, callback));
  assert.deepEqual([prepared.error, prepared.data], [null, context]);
});

sdkTest('asking for regions', {
  answered: ['httpc.QueryRegionsProvider#getRegions'], refused: ['httpc.QueryRegionsProvider#getRegions'],
}, async () => {
  const [region] = await query(PUBLIC).getRegions();
  assert.deepEqual([region.regionId, region.s3RegionId, region.isLive], ['z0', 'cn-east-1', true]);
  assert.ok(region.ttl >= 1 && region.ttl <= 60);
  for (const service of ['uc', 'io', 'rs', 'rsf', 'api']) {
    assert.deepEqual(hosts(region.services[service]), [uc]);
  }
  assert.ok(new Set(hosts(region.services.up)).size >= 2);
  await assert.rejects(query('nowhere').getRegions(), /631.*no such bucket/);
  await assert.rejects(query(PUBLIC, 'nobody').getRegions(), /612.*app\/accesskey is not found/);
});

sdkTest('regions are remembered', {
  answered: ['getRegions', 'setRegions'].map(method => `httpc.CachedRegionsProvider#${method}`)
    .concat('httpc.CachedRegionsProvider.cleanupCache'),
}, async () => {
  const persistPath = path.join(scratch, 'regions.jsonl');
  const cached = (cacheKey, baseRegionsProvider) =>
    new CachedRegionsProvider({ cacheKey, baseRegionsProvider, persistPath });
  await clearLog();
  for (let times = 0; times < 3; times++) {
    assert.equal((await cached('here', query(PUBLIC)).getRegions())[0].regionId, 'z0');
  }
  assert.equal(await discoveries(), 1);
  assert.ok(fs.readFileSync(persistPath, 'utf8').includes(uc));
  await cached('there').setRegions([ownRegion()]);
  assert.equal((await cached('there').getRegions())[0].regionId, 'own');
  await CachedRegionsProvider.cleanupCache({ isClearAll: true, instance: cached('here') });
  assert.ok(!fs.existsSync(persistPath));
});

sdkTest('regions and endpoints are put together', {
  answered: [
    'httpc.Region.fromRegionId', 'httpc.Region.merge', 'httpc.Region#merge', 'httpc.Region#clone',
    'httpc.Endpoint#clone', 'httpc.Endpoint#getValue', 'httpc.StaticEndpointsProvider.fromRegion',
  ],
}, async () => {
  const known = Region.fromRegionId('z1', { preferredScheme: 'http' });
  assert.equal(known.services.up[0].getValue(), 'http://upload-z1.qiniup.com');
  assert.deepEqual(hosts(Region.merge(ownRegion(), known).services.rs).slice(0, 2), [uc, 'rs-z1.qiniuapi.com']);
  assert.deepEqual(ownRegion().merge(known.clone()).services.rs.length, known.services.rs.length + 1);
  assert.equal(endpoint().clone().getValue({ scheme: 'https' }), `https://${uc}`);
  assert.deepEqual(hosts(await StaticEndpointsProvider.fromRegion(ownRegion(), 'rs').getEndpoints()), [uc]);
});

const { both } = methodsOf('httpc.HttpClient#');
sdkTest('a client of one\'s own', both('get', 'post', 'put', 'sendRequest'), async () => {
  await upload(PUBLIC, 'by-client');
  const { QiniuAuthMiddleware } = qiniu.httpc.middleware;
  const clients = [mac, new qiniu.auth.digest.Mac(mac.accessKey, 'wrong')].map(account =>
    new HttpClient({ middlewares: [new QiniuAuthMiddleware({ mac: account })] }));
  const statUrl = `http://${uc}${qiniu.rs.statOp(PUBLIC, 'by-client')}`;
  const form = `op=${encodeURIComponent(qiniu.rs.statOp(PUBLIC, 'by-client'))}`;
  const ways = [
    client => client.get({ url: statUrl }),
    client => client.post({ url: `http://${uc}/batch`, data: form }),
    client => client.put({ url: `http://${uc}/bucketTagging?bucket=${PUBLIC}`, data: '{"Tags":[]}' }),
    client => client.sendRequest({ url: statUrl, urllibOptions: { method: 'GET', dataType: 'json' } }),
  ];
  for (const way of ways) {
    assert.equal((await way(clients[0])).resp.statusCode, 200);
    assert.equal((await way(clients[1])).resp.statusCode, 401);
  }
});

sdkTest('processing is refused in plain words', {
  refused: ['fop.OperationManager#pfop', 'fop.OperationManager#prefop'],
}, async () => {
  const settings = new qiniu.conf.Config({ zone: new qiniu.conf.Zone([uc], [uc], uc, uc, uc, uc) });
  const processing = new qiniu.fop.OperationManager(mac, settings);
  const answers = [
    await called(callback => processing.pfop(PUBLIC, 'k', ['avthumb/mp4'], '', {}, callback)),
    await called(callback => processing.prefop('z0.0123456789', callback)),
  ];
  for (const { data, info } of answers) {
    assert.equal(info.statusCode, 501);
    assert.match(data.error, /^not supported by this emulator: /);
  }
});
