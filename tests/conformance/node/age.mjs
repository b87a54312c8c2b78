/* The age format by an implementation that is not ours: reads {"open": …} or {"seal": …} from stdin, answers as JSON. */

import { readFileSync } from 'node:fs';
import { Decrypter, Encrypter, armor } from 'age-encryption';

const { open, seal, passphrase, armored, workFactor } = JSON.parse(readFileSync(0, 'utf8'));

async function opened () {
  const decrypter = new Decrypter();
  decrypter.addPassphrase(passphrase);
  return decrypter.decrypt(Buffer.from(open, 'base64'), 'text');
}

async function sealed () {
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(workFactor);
  const file = await encrypter.encrypt(seal);
  return Buffer.from(armored ? armor.encode(file) : file).toString('base64');
}

console.log(JSON.stringify({ text: open === undefined ? await sealed() : await opened() }));
