/** Runs on a worker thread: draws the invoice of an order as a PDF. The same order gives the same bytes. */
import PDFDocument from "pdfkit"

export interface InvoiceInput {
  readonly id: string
  readonly customer: string
  readonly createdAt: string
  readonly totalCents: number
  readonly lines: ReadonlyArray<{ readonly sku: string; readonly quantity: number; readonly unit_price_cents: number }>
}

/** The standard PDF fonts know Latin-1 only; drawing anything else would print unrelated glyphs. */
const printable = (text: string): string => text.replaceAll(/[^\u0020-\u007e\u00a0-\u00ff]/g, "?")

const money = (cents: number): string => {
  const digits = String(cents).padStart(3, "0")
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}

const columns = [60, 300, 370, 460] as const

const row = (document: PDFKit.PDFDocument, cells: readonly [string, string, string, string]): void => {
  // Below this line the footer margin begins; the next row goes to a new page.
  if (document.y > 760) document.addPage()
  const top = document.y
  cells.forEach((cell, index) =>
    document.text(cell, columns[index] ?? 60, top, {
      width: index === 0 ? 230 : 70,
      align: index === 0 ? "left" : "right",
      lineBreak: false
    })
  )
  document.y = top + 18
}

const draw = (document: PDFKit.PDFDocument, order: InvoiceInput): void => {
  document.font("Helvetica-Bold").fontSize(20).text("Invoice", 60, 60)
  document.font("Helvetica").fontSize(10).moveDown()
  document.text(`Order ${order.id}`).text(`Date ${order.createdAt.slice(0, 10)}`).text(
    `Customer ${printable(order.customer)}`
  )
  document.moveDown()
  row(document, ["SKU", "Quantity", "Unit price", "Amount"])
  for (const line of order.lines) {
    const amount = line.quantity * line.unit_price_cents
    row(document, [printable(line.sku), String(line.quantity), money(line.unit_price_cents), money(amount)])
  }
  document.font("Helvetica-Bold")
  row(document, ["Total", "", "", money(order.totalCents)])
}

/** The bytes of the PDF, in a buffer of their own so that the thread can hand them over without a copy. */
export const renderInvoice = async (order: InvoiceInput): Promise<Uint8Array<ArrayBuffer>> => {
  const createdAt = new Date(order.createdAt)
  const info = { Title: `Invoice ${order.id}`, CreationDate: createdAt, ModDate: createdAt }
  const document = new PDFDocument({ size: "A4", margin: 60, info })
  draw(document, order)
  document.end()
  const chunks: Array<Uint8Array> = []
  for await (const chunk of document) chunks.push(chunk)
  return join(chunks)
}

const join = (chunks: ReadonlyArray<Uint8Array>): Uint8Array<ArrayBuffer> => {
  const joined = new Uint8Array(chunks.reduce((size, chunk) => size + chunk.length, 0))
  let offset = 0
  for (const chunk of chunks) {
    joined.set(chunk, offset)
    offset += chunk.length
  }
  return joined
}
