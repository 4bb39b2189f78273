import { readFile, stat } from 'node:fs/promises'

const maxBytes = 1_048_576

/** The text of a file of ours that people write. @throws Error whose message says why it cannot be read */
export async function readYamlText(file: string): Promise<string> {
  const found = await stat(file) // before opening: opening a pipe would wait for its writer
  if (!found.isFile()) throw new Error('it is not a regular file')
  if (found.size > maxBytes) throw new Error('it is larger than 1 MiB')
  return new TextDecoder('utf-8', { fatal: true }).decode(await readFile(file))
}
