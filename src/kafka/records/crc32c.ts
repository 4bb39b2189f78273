/** CRC-32C (Castagnoli), reflected. */
const polynomial = 0x82f63b78

const table = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte
  for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ polynomial : crc >>> 1
  return crc >>> 0
})

/** CRC-32C of `bytes`, RFC 3720. */
export function crc32c(bytes: Uint8Array): number {
  return ~advance(0xffffffff, bytes) >>> 0
}

/**
 * What a CRC changes by when bytes inside the message change and its length does not.
 *
 * A CRC is linear over GF(2) but for its constants, and these cancel out: crc(new) xor crc(old) is the CRC, without constants, of
 * (new xor old) followed by as many zero bytes as come after the change. Those zeros cost a few hundred operations, whatever their number.
 *
 * @param difference old xor new of the changed stretch
 * @param bytesAfter how many bytes of the message follow it
 */
export function crc32cDelta(difference: Uint8Array, bytesAfter: number): number {
  return multiply(advance(0, difference) >>> 0, powerOfX8(bytesAfter))
}

function advance(start: number, bytes: Uint8Array): number {
  let crc = start
  for (const byte of bytes) crc = (crc >>> 8) ^ (table[(crc ^ byte) & 0xff] as number)
  return crc
}

/** Product of two polynomials modulo the CRC's, all reflected: the highest bit is x^0. */
function multiply(a: number, b: number): number {
  let product = 0
  let factor = b
  for (let mask = 0x80000000; mask !== 0; mask >>>= 1) {
    if ((a & mask) !== 0) product ^= factor
    factor = (factor & 1) === 1 ? (factor >>> 1) ^ polynomial : factor >>> 1
  }
  return product >>> 0
}

/** x^(8 · 2^k) for k = 0 … 31. */
const squares = ((): readonly number[] => {
  const powers = [0x00800000]
  while (powers.length < 32) {
    const last = powers.at(-1) as number
    powers.push(multiply(last, last))
  }
  return powers
})()

function powerOfX8(exponent: number): number {
  let power = 0x80000000
  for (let k = 0, rest = exponent >>> 0; rest > 0; k++, rest >>>= 1) {
    if ((rest & 1) === 1) power = multiply(power, squares[k] as number)
  }
  return power
}
