// `npm run build`: src and the packages that it uses become dist, a file for each verb and shared ones, so that Node has few to find and to read
// (docs/adr/0015). Types are not checked here: `npm run check:types`.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { rolldown } from 'rolldown'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const src = join(root, 'src')
const {
  values: { outDir, format },
  positionals: [other],
} = parseArgs({
  allowPositionals: true,
  options: { outDir: { type: 'string', default: join(root, 'dist') }, format: { type: 'string' } },
})

/** The program is CommonJS, which Node loads faster than modules (docs/adr/0015); what benchmarks and tests run may await at its top. */
const isCommonJs = other === undefined || format === 'cjs'

/** kafkajs requires its login whether there is one or not. */
const laterSasl = {
  name: 'later-sasl',
  resolveId: (source, importer) =>
    source === '../broker/saslAuthenticator' && importer?.endsWith(join('kafkajs', 'src', 'network', 'connection.js'))
      ? join(root, 'build', 'later-sasl.cjs')
      : undefined,
}

const bundle = await rolldown({
  input: other ?? join(src, 'bin.ts'),
  plugins: [laterSasl],
  platform: 'node',
  transform: { target: 'es2023' }, // as tsconfig.json has it: Node 20 knows no `await using`
  onLog: (_level, log) => {
    throw new Error(log.message)
  },
})
const { output } = await bundle.write({
  dir: outDir,
  ...(isCommonJs ? { format: 'cjs', dynamicImportInCjs: false, banner: "'use strict'" } : { format: 'es' }),
  cleanDir: true,
  entryFileNames: '[name].js',
  chunkFileNames: nameOf,
  minifyInternalExports: false,
  comments: false, // Node reads them, too
})
await bundle.close()
writeFileSync(join(outDir, 'package.json'), `{ "type": "${isCommonJs ? 'commonjs' : 'module'}" }\n`)
writeFileSync(join(outDir, 'LICENSES.txt'), licenses(output))

/** What is loaded by itself lies where its source does. */
function nameOf({ facadeModuleId, isDynamicEntry }) {
  const isOurs = isDynamicEntry && facadeModuleId?.startsWith(src + sep)
  return isOurs ? relative(src, facadeModuleId).replace(/\.ts$/, '.js') : 'shared/[name].js'
}

/** Of every package that is in the output: its licence asks for that. */
function licenses(chunks) {
  const files = chunks.flatMap((chunk) => (chunk.type === 'chunk' ? chunk.moduleIds : []))
  const folders = new Set(
    files.flatMap((file) => /^.*[\\/]node_modules[\\/](?:@[^\\/]+[\\/])?[^\\/]+/.exec(file) ?? []),
  )
  folders.add(join(root, 'node_modules', 'rolldown')) // its lines between the modules
  const texts = [...folders].toSorted().map((folder) => {
    const { name, version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    return `${name} ${version} (${license})\n\n${licenseIn(folder)}\n`
  })
  texts.push(readFileSync(join(root, 'build', 'oxc-runtime-LICENSE.txt'), 'utf8')) // what stands for `await using`
  return texts.join(`\n${'-'.repeat(80)}\n\n`)
}

function licenseIn(folder) {
  const name = readdirSync(folder).find((each) => /^licen[cs]e\b/i.test(each))
  if (name === undefined) throw new Error(`${folder} has no licence`)
  return readFileSync(join(folder, name), 'utf8').trim()
}
