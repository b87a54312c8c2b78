'use strict';
/*
 * What the Node SDK offers to its users, by introspection, and which of it is no storage, with the reason why not.
 *
 * Names: `rs.statOp` is a function, `rs.BucketManager#stat` a method, `httpc.Region.fromZone` a function of a class.
 */

const os = require('node:os');
const qiniu = require('qiniu');

const OTHER_SERVICE = 'another service of the company, on hosts that a Kodo server has nothing to do with';
const MACHINERY = 'works below every call and is no operation of its own';

const NOT_STORAGE = {
  app: OTHER_SERVICE,
  room: OTHER_SERVICE,
  Credentials: OTHER_SERVICE,
  sms: OTHER_SERVICE,
  'cdn.CdnManager#getBandwidthData': OTHER_SERVICE,
  'cdn.CdnManager#getCdnLogList': OTHER_SERVICE,
  'cdn.CdnManager#getFluxData': OTHER_SERVICE,
  'cdn.CdnManager#prefetchUrls': OTHER_SERVICE,
  'cdn.CdnManager#refreshDirs': OTHER_SERVICE,
  'cdn.CdnManager#refreshUrls': OTHER_SERVICE,
  'cdn.CdnManager#refreshUrlsAndDirs': OTHER_SERVICE,
  'httpc.middleware': MACHINERY,
  'rpc.qnHttpClient': MACHINERY,
  'zone.getZoneInfo': 'deprecated; asks by https only, whatever it is told',
};

/**
 * What starts so only reckons on this side, and cannot be refused; CachedRegionsProvider#getRegions can, and leaves a
 * rejected promise behind that nobody can catch.
 */
const ASKS_NOBODY = [
  'cdn.CdnManager#createTimestampAntiLeechUrl',
  'conf.Config#getUcEndpointsProvider',
  'httpc.CachedRegionsProvider',
  'httpc.Endpoint',
  'httpc.Region',
  'httpc.ResponseWrapper',
  'httpc.Static',
  'resume_up.JsonFileRecorder',
  'resume_up.PutExtra.create',
  'resume_up.createResumeRecorder',
  'rs.BucketManager#privateDownloadUrl',
  'rs.BucketManager#publicDownloadUrl',
  'rs.PutPolicy',
  'rs.changeHeadersOp',
  'rs.changeMimeOp',
  'rs.changeStatusOp',
  'rs.changeTypeOp',
  'rs.copyOp',
  'rs.deleteAfterDaysOp',
  'rs.deleteOp',
  'rs.moveOp',
  'rs.setObjectLifecycleOp',
  'rs.statOp',
  'util.base64ToUrlSafe',
  'util.canonicalMimeHeaderKey',
  'util.decodedEntry',
  'util.encodedEntry',
  'util.formatDateUTC',
  'util.generateAccessToken',
  'util.get',
  'util.hmacSha1',
  'util.isTimestampExpired',
  'util.prepareZone',
  'util.url',
];

/** What starts so is refused by this emulator, in plain words. */
const NEVER_ANSWERED = ['fop.OperationManager'];

function startsWithOneOf (name, prefixes) {
  return prefixes.some(prefix => name.startsWith(prefix));
}

function below (name, prefix) {
  return name === prefix || ['.', '#'].some(mark => name.startsWith(prefix + mark));
}

function reason (name) {
  const prefix = Object.keys(NOT_STORAGE).find(prefix => below(name, prefix));
  return prefix && NOT_STORAGE[prefix];
}

const isClass = (attribute, value) => typeof value === 'function' && /^[A-Z]/.test(attribute);

/** Own plain functions of an object; accessors and what begins with an underscore are left out. */
function functionsOf (owner) {
  return Object.entries(Object.getOwnPropertyDescriptors(owner))
    .filter(([attribute, { value }]) =>
      typeof value === 'function' && !attribute.startsWith('_') &&
      attribute !== 'constructor' && !isClass(attribute, value))
    .map(([attribute]) => ({ owner, attribute }));
}

function * classPlaces (name, value) {
  for (const place of functionsOf(value.prototype)) {
    yield { name: `${name}#${place.attribute}`, ...place };
  }
  // util.deprecate puts a function before the class, which inherits the functions of the class.
  for (let owner = value; owner !== Function.prototype; owner = Object.getPrototypeOf(owner)) {
    for (const place of functionsOf(owner)) {
      yield { name: `${name}.${place.attribute}`, ...place };
    }
  }
}

function * places (prefix, owner) {
  for (const place of functionsOf(owner)) {
    yield { name: prefix + place.attribute, ...place };
  }
  for (const [attribute, value] of Object.entries(owner)) {
    const name = prefix + attribute;
    if (isClass(attribute, value)) {
      yield * classPlaces(name, value);
    } else if (value && typeof value === 'object' && !Array.isArray(value) && !(value instanceof String)) {
      yield * Object.getPrototypeOf(value) === Object.prototype
        ? places(`${name}.`, value)
        : classPlaces(name, Object.getPrototypeOf(value).constructor);
    }
  }
}

/** Every public function and method, each with the object that it hangs on. */
function surface () {
  const recorder = Object.getPrototypeOf(qiniu.resume_up.createResumeRecorderSync(os.tmpdir())).constructor;
  return [...places('', qiniu), ...classPlaces('resume_up.JsonFileRecorder', recorder)];
}

/** The part of it that the suite has to exercise. */
function storage () {
  return surface().filter(({ name }) => !reason(name));
}

module.exports = { ASKS_NOBODY, NEVER_ANSWERED, NOT_STORAGE, below, startsWithOneOf, storage, surface };
