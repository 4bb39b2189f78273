/** Why two sides do not come to terms over TLS, and what to correct. */
export interface TlsFailure {
  readonly why: string
  readonly next: string
}

/** Code of an error that says: what came first is a TLS alert, so the port wants TLS. */
export const portSpeaksTls = 'GR_PORT_SPEAKS_TLS'

const authority = {
  why: 'its certificate is not signed by an authority that is trusted',
  next: "name the authority's certificate: tls.ca in georep.yaml, or the truststore in the properties file",
}

const byCode: Readonly<Record<string, TlsFailure>> = {
  CERT_HAS_EXPIRED: {
    why: 'its certificate, or that of the authority that signed it, has expired',
    next: 'renew it on the brokers, and check the clock of this machine',
  },
  CERT_NOT_YET_VALID: {
    why: 'its certificate is not valid yet',
    next: 'check the clocks of the broker and of this machine',
  },
  ERR_TLS_CERT_ALTNAME_INVALID: {
    why: 'its certificate is for another host name',
    next: 'use the name that the certificate has, or, where it can have none, tls.skipHostnameCheck in georep.yaml',
  },
  DEPTH_ZERO_SELF_SIGNED_CERT: authority,
  SELF_SIGNED_CERT_IN_CHAIN: authority,
  UNABLE_TO_GET_ISSUER_CERT: authority,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: authority,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: authority,
  CERT_SIGNATURE_FAILURE: authority,
  CERT_UNTRUSTED: authority,
  [portSpeaksTls]: {
    why: 'the port speaks TLS, and we do not',
    next: 'set tls for this cluster (tls: {} for public authorities; in a properties file security.protocol), or use the port of its listener without TLS',
  },
}

/** OpenSSL's codes of alerts by which the broker says that it does not like our certificate, or the lack of one. */
const certificateAlert =
  /ALERT_(?:BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|CERTIFICATE_(?:REVOKED|EXPIRED|UNKNOWN|REQUIRED)|UNKNOWN_CA|HANDSHAKE_FAILURE|ACCESS_DENIED)/

/**
 * What an error of a connection says about TLS; undefined when it says nothing certain, such as a connection that broke.
 *
 * @param hasCertificate whether we showed one
 */
export function tlsFailureOf(error: unknown, hasCertificate: boolean): TlsFailure | undefined {
  for (let each = error; each instanceof Error; each = each.cause) {
    const code = 'code' in each && typeof each.code === 'string' ? each.code : ''
    const known = Object.hasOwn(byCode, code) ? byCode[code] : undefined
    if (known !== undefined) return known
    if (certificateAlert.test(`${code} ${each.message.toUpperCase().replaceAll(' ', '_')}`))
      return refused(hasCertificate)
    if (/WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|ERR_SSL_(?:HTTP_REQUEST|UNEXPECTED_MESSAGE)/.test(code))
      return {
        why: 'the port does not speak TLS',
        next: 'use the port of the TLS listener, or remove tls for this cluster (in a properties file set security.protocol)',
      }
    if (/UNSUPPORTED_PROTOCOL|ALERT_PROTOCOL_VERSION/.test(code))
      return {
        why: 'it speaks no version of TLS that we do',
        next: 'let the brokers speak TLS 1.2 or newer (ssl.enabled.protocols)',
      }
  }
  return undefined
}

function refused(hasCertificate: boolean): TlsFailure {
  return hasCertificate
    ? {
        why: 'it does not accept our certificate',
        next: 'check tls.cert in georep.yaml (or the keystore): its date, and that an authority of the brokers signed it',
      }
    : {
        why: 'it wants a certificate of us',
        next: 'set tls.cert and tls.key in georep.yaml, or the keystore in the properties file',
      }
}

/** Are these the first bytes of an alert? RFC 8446, 5.1: content type 21, a version 3.x. */
export function isTlsAlert(start: Buffer): boolean {
  return start[0] === 0x15 && start[1] === 3
}
