import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export const storePassword = 'recognisable-store-password'

/** Files in one folder: an authority, what it signed, and an authority that signed nothing. */
export interface Certificates {
  readonly ca: string
  readonly otherCa: string
  /** PKCS12, each with `storePassword`. */
  readonly broker: string
  readonly expiredBroker: string
  readonly client: string
  /** The client's certificate and key once more. */
  readonly clientPem: string
  readonly clientJks: string
}

/** Made with keytool, which every Java has. */
export async function makeCertificates(folder: string, java: string): Promise<Certificates> {
  const at = (name: string): string => join(folder, name)
  const keytool = async (...args: readonly string[]): Promise<void> => {
    await run(java, ['-XX:TieredStopAtLevel=1', '-m', 'java.base/sun.security.tools.keytool.Main', ...args, '-storepass', storePassword]) // prettier-ignore
  }
  const pair = async (store: string, alias: string, ...more: readonly string[]): Promise<void> => {
    await keytool('-genkeypair', '-keyalg', 'EC', '-groupname', 'secp256r1', '-storetype', 'PKCS12', '-keystore', at(store), '-alias', alias, ...more) // prettier-ignore
  }
  const authority = ['-ext', 'bc:c=ca:true', '-ext', 'ku:c=keyCertSign'] as const
  const names = ['-signer', 'ca', '-ext', 'SAN=IP:127.0.0.1,DNS:localhost'] as const
  const exported = async (store: string, pem: string): Promise<void> => {
    await keytool('-exportcert', '-rfc', '-alias', 'ca', '-keystore', at(store), '-file', at(pem))
  }
  await Promise.all([
    pair('broker.p12', 'ca', '-dname', 'CN=authority', '-validity', '30', ...authority),
    pair('other.p12', 'ca', '-dname', 'CN=other', '-validity', '30', ...authority).then(async () => {
      await exported('other.p12', 'other.pem')
    }),
  ])
  await exported('broker.p12', 'ca.pem')
  // One store after another signs with the authority's key; each is a copy that then forgets it.
  for (const [store, ...more] of [
    ['expired.p12', '-startdate', '-10d', '-validity', '2', '-dname', 'CN=broker', ...names],
    ['client.p12', '-validity', '30', '-dname', 'CN=client', '-signer', 'ca'],
    ['broker.p12', '-validity', '30', '-dname', 'CN=broker', ...names],
  ] as const) {
    if (store !== 'broker.p12') await keytool('-importkeystore', '-noprompt', '-srckeystore', at('broker.p12'), '-srcstorepass', storePassword, '-destkeystore', at(store), '-deststoretype', 'PKCS12') // prettier-ignore
    await pair(store, 'own', ...more)
    await keytool('-delete', '-alias', 'ca', '-keystore', at(store))
  }
  await Promise.all([
    keytool('-importkeystore', '-noprompt', '-srckeystore', at('client.p12'), '-srcstorepass', storePassword, '-destkeystore', at('client.jks'), '-deststoretype', 'JKS'), // prettier-ignore
    pemOf(java, folder),
  ])
  return {
    ca: at('ca.pem'),
    otherCa: at('other.pem'),
    broker: at('broker.p12'),
    expiredBroker: at('expired.p12'),
    client: at('client.p12'),
    clientPem: at('client.pem'),
    clientJks: at('client.jks'),
  }
}

/** keytool does not give out a key. */
async function pemOf(java: string, folder: string): Promise<void> {
  const program = join(folder, 'PemOf.java')
  await writeFile(
    program,
    `import java.security.*; import java.security.cert.Certificate; import java.io.*; import java.util.*;
public class PemOf {
  static String pem(String kind, byte[] der) {
    return "-----BEGIN " + kind + "-----\\n" + Base64.getMimeEncoder(64, new byte[] {10}).encodeToString(der) + "\\n-----END " + kind + "-----\\n";
  }
  public static void main(String[] args) throws Exception {
    KeyStore store = KeyStore.getInstance("PKCS12");
    store.load(new FileInputStream(args[0]), args[2].toCharArray());
    try (Writer out = new FileWriter(args[1])) {
      out.write(pem("PRIVATE KEY", store.getKey("own", args[2].toCharArray()).getEncoded()));
      for (Certificate each : store.getCertificateChain("own")) out.write(pem("CERTIFICATE", each.getEncoded()));
    }
  }
}
`,
  )
  await run(java, ['-XX:TieredStopAtLevel=1', program, join(folder, 'client.p12'), join(folder, 'client.pem'), storePassword]) // prettier-ignore
}
