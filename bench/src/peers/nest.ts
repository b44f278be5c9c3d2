/**
 * NestJS on fastify with a validation pipe around the hand-written check. `node nest.ts <port>`
 *
 * Decorators are applied as the plain functions that they are, because Node strips types and does not compile them.
 */
import "reflect-metadata"
import { BadRequestException, Body, Controller, Get, HttpCode, Module, type PipeTransform, Post } from "@nestjs/common"
import { NestFactory } from "@nestjs/core"
import { FastifyAdapter, type NestFastifyApplication } from "@nestjs/platform-fastify"
import { isOrder, type Order } from "../order.ts"

const orderPipe: PipeTransform<unknown, Order> = {
  transform: (value) => {
    if (!isOrder(value)) throw new BadRequestException("invalid order")
    return value
  }
}

class Orders {
  hello(): string {
    return "hello"
  }
  echo(order: Order): Order {
    return order
  }
}

const method = (name: "hello" | "echo", ...decorators: ReadonlyArray<MethodDecorator>): void => {
  const descriptor = Object.getOwnPropertyDescriptor(Orders.prototype, name)
  if (descriptor === undefined) throw new Error(`no method ${name}`)
  for (const decorate of decorators) decorate(Orders.prototype, name, descriptor)
}

method("hello", Get("/"))
method("echo", Post("/echo"), HttpCode(200))
Body(orderPipe)(Orders.prototype, "echo", 0)
Controller()(Orders)

class App {}
Module({ controllers: [Orders] })(App)

const app = await NestFactory.create<NestFastifyApplication>(App, new FastifyAdapter(), { logger: false })
await app.listen(Number(process.argv[2]), "127.0.0.1")
