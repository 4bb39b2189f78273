export { printable, printableLines } from '../core/printable.ts'
