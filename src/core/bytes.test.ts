import { expect, it } from 'vitest'
import { bytesFromText } from './bytes.ts'

it.each([
  ['0B', 0],
  ['512B', 512],
  ['64MB', 64_000_000],
  ['64MiB', 67_108_864],
  ['1.5KiB', 1_536],
  ['2GB', 2_000_000_000],
] as const)('%s is %d bytes', (text, bytes) => {
  expect(bytesFromText(text)).toBe(bytes)
})

it.each(['', '64', 'MB', '-1MB', '64mb', '64 MB', '1e3MB', '9999999999B', '0x1B', '64MBs'])('%j is none', (text) => {
  expect(bytesFromText(text)).toBe(undefined)
})
