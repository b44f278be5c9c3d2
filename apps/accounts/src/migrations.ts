/** The guide's tables, and the two roles that the sample domain knows. */
import type { MigrationSet } from "@heptad/database"

/** Where every change of the tables is told, to whoever remembers what they say. */
export const channel = "heptad_accounts"

/**
 * `u<user>` for each user of a statement, `*` when it was about all or about many. Payloads are below 8000 bytes, and a
 * notification for each of a million rows would help nobody.
 */
const tell = (transition: string) => `
          IF (SELECT count(*) > 64 OR max(octet_length(user_id)) > 4000 FROM ${transition}) THEN
            PERFORM pg_notify('${channel}', '*');
          ELSE
            PERFORM pg_notify('${channel}', 'u' || user_id) FROM ${transition};
          END IF;`

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
      `,
      down: "DROP TABLE user_roles, role_permissions"
    },
    {
      id: 2,
      name: "tell_changes",
      sql: `
        CREATE FUNCTION accounts_tell_all() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          PERFORM pg_notify('${channel}', '*');
          RETURN NULL;
        END $$;
        CREATE FUNCTION accounts_tell_users() RETURNS trigger LANGUAGE plpgsql AS $$
        BEGIN
          IF TG_OP <> 'INSERT' THEN${tell("before_users")}
          END IF;
          IF TG_OP <> 'DELETE' THEN${tell("after_users")}
          END IF;
          RETURN NULL;
        END $$;
        CREATE TRIGGER accounts_tell AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON role_permissions
          FOR EACH STATEMENT EXECUTE FUNCTION accounts_tell_all();
        CREATE TRIGGER accounts_tell_all AFTER TRUNCATE ON user_roles
          FOR EACH STATEMENT EXECUTE FUNCTION accounts_tell_all();
        CREATE TRIGGER accounts_tell_insert AFTER INSERT ON user_roles
          REFERENCING NEW TABLE AS after_users
          FOR EACH STATEMENT EXECUTE FUNCTION accounts_tell_users();
        CREATE TRIGGER accounts_tell_update AFTER UPDATE ON user_roles
          REFERENCING OLD TABLE AS before_users NEW TABLE AS after_users
          FOR EACH STATEMENT EXECUTE FUNCTION accounts_tell_users();
        CREATE TRIGGER accounts_tell_delete AFTER DELETE ON user_roles
          REFERENCING OLD TABLE AS before_users
          FOR EACH STATEMENT EXECUTE FUNCTION accounts_tell_users();
      `,
      down: "DROP FUNCTION accounts_tell_all, accounts_tell_users CASCADE"
    }
  ]
}
