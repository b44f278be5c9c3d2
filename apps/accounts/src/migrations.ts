/** The guide's tables, and the two roles that the sample domain knows. */
import type { MigrationSet } from "@heptad/database"

export const migrations: MigrationSet = {
  name: "accounts",
  migrations: [
    {
      id: 1,
      name: "create_roles",
      sql: `
        CREATE TABLE user_roles (
          user_id text NOT NULL,
          role text NOT NULL,
          PRIMARY KEY (user_id, role)
        );
        CREATE TABLE role_permissions (
          role text NOT NULL,
          resource text NOT NULL,
          action text NOT NULL,
          PRIMARY KEY (role, resource, action)
        );
        INSERT INTO role_permissions (role, resource, action) VALUES
          ('clerk', 'orders', 'read'),
          ('clerk', 'orders', 'create'),
          ('admin', 'orders', 'read'),
          ('admin', 'orders', 'create'),
          ('admin', 'orders', 'delete');
      `
    }
  ]
}
