"""Changes to one table that SQLite would make by writing the whole table anew for each of them."""

from django.db import migrations
from django.db.migrations.operations.base import Operation


class InOneRewrite(Operation):
    """Operations on one model, which SQLite makes with one rewrite of its table, or with none.

    With none (`rewrites=False`) columns are only added or renamed; what they lack of the model's definition comes with a
    later rewrite. Other databases make the operations one after the other.
    """

    reduces_to_sql = False

    def __init__(self, *operations, rewrites=True):
        self.operations, self.rewrites = operations, rewrites

    def deconstruct(self):
        return self.__class__.__qualname__, self.operations, {"rewrites": self.rewrites}

    def state_forwards(self, app_label, state):
        for operation in self.operations:
            operation.state_forwards(app_label, state)

    def database_forwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            self.change(app_label, schema_editor, from_state, to_state, self.operations)
            return
        for operation in self.operations:
            after = from_state.clone()
            operation.state_forwards(app_label, after)
            operation.database_forwards(app_label, schema_editor, from_state, after)
            from_state = after

    def database_backwards(self, app_label, schema_editor, from_state, to_state):
        if schema_editor.connection.vendor == "sqlite":
            # Columns that were added are dropped only by writing the table anew.
            self.change(app_label, schema_editor, from_state, to_state, reversed(self.operations), back=True)
            return
        states = [to_state]
        for operation in self.operations:
            states.append(states[-1].clone())
            operation.state_forwards(app_label, states[-1])
        for number in reversed(range(len(self.operations))):
            operation = self.operations[number]
            operation.database_backwards(app_label, schema_editor, states[number + 1], states[number])

    def change(self, app_label, schema_editor, from_state, to_state, operations, *, back=False):
        model = to_state.apps.get_model(app_label, self.operations[0].model_name)
        adding = migrations.RemoveField if back else migrations.AddField
        for operation in operations:
            if isinstance(operation, migrations.RenameField):
                names = operation.old_name, operation.new_name
                rename_column(schema_editor, model, *(reversed(names) if back else names))
            elif isinstance(operation, adding):
                add_column(schema_editor, model, model._meta.get_field(operation.name))
        if self.rewrites or back:
            schema_editor._remake_table(model)

    def describe(self):
        return "; ".join(operation.describe() for operation in self.operations)


def add_column(schema_editor, model, field):
    """Add a column with the same value in every row, which SQLite does without touching them."""
    quote, connection = schema_editor.quote_name, schema_editor.connection
    default = schema_editor.quote_value(schema_editor.effective_default(field))
    kind = f"{field.db_type(connection)} {'NULL' if field.null else f'NOT NULL DEFAULT {default}'}"
    schema_editor.execute(f"ALTER TABLE {quote(model._meta.db_table)} ADD COLUMN {quote(field.column)} {kind}", ())


def rename_column(schema_editor, model, old, new):
    quote = schema_editor.quote_name
    table = quote(model._meta.db_table)
    schema_editor.execute(f"ALTER TABLE {table} RENAME COLUMN {quote(old)} TO {quote(new)}", ())
