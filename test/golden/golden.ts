import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'vitest'

const folder = join(import.meta.dirname, 'expected')

/** The text must be the file's, byte by byte. `UPDATE_GOLDEN=1` writes the files instead: then read the difference. */
export function expectGolden(name: string, text: string): void {
  const file = join(folder, name)
  if (process.env['UPDATE_GOLDEN'] === '1') {
    mkdirSync(folder, { recursive: true })
    writeFileSync(file, text)
    return
  }
  expect(text).toBe(readFileSync(file, 'utf8'))
}
