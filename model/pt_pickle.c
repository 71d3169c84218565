#include "model/pt_pickle.h"
#include <glib/gi18n.h>
#include <string.h>

#define MAX_VALUES (1u << 21) /* a released state_dict takes about 6,000 */

struct _MedctPickle {
  GPtrArray *all;   /* every value, owned */
  GPtrArray *stack; /* borrowed */
  GHashTable *memo; /* index → value, borrowed */
  const guint8 *at, *end;
  const char *what;
  GError **error;
  MedctPickleValue *root;
};

typedef MedctPickle Vm;
typedef MedctPickleValue Value;

static void
free_value(gpointer data)
{
  Value *value = data;
  g_free(value->text);
  if (value->items)
    g_ptr_array_unref(value->items);
  g_free(value);
}

static gboolean
refuse(Vm *vm, const char *reason)
{
  medct_error_file(vm->error, MEDCT_ERROR_FORMAT, vm->what, "data.pkl is refused: %s", _(reason));
  return FALSE;
}

static gboolean
refuse_name(Vm *vm, const char *format, const char *name)
{
  g_autofree char *shown = g_utf8_make_valid(name, (gssize)strnlen(name, 100));
  medct_error_file(vm->error, MEDCT_ERROR_FORMAT, vm->what,
                   "data.pkl is refused: it %s \"%s\", which weights never need; nothing was run",
                   format, shown);
  return FALSE;
}

static Value *
push(Vm *vm, MedctPickleType type)
{
  if (vm->all->len >= MAX_VALUES) {
    refuse(vm, N_("it holds more values than any state_dict"));
    return NULL;
  }
  Value *value = g_new0(Value, 1);
  value->type = type;
  if (type == MEDCT_PICKLE_TUPLE || type == MEDCT_PICKLE_LIST || type == MEDCT_PICKLE_DICT)
    value->items = g_ptr_array_new();
  g_ptr_array_add(vm->all, value);
  g_ptr_array_add(vm->stack, value);
  return value;
}

static gboolean
push_number(Vm *vm, MedctPickleType type, gint64 number)
{
  Value *value = push(vm, type);
  if (value)
    value->number = number;
  return value != NULL;
}

static gboolean
push_text(Vm *vm, MedctPickleType type, char *text)
{
  Value *value = push(vm, type);
  if (value == NULL)
    g_free(text);
  else
    value->text = text;
  return value != NULL;
}

static Value *
pop(Vm *vm)
{
  guint n = vm->stack->len;
  if (n == 0 || ((Value *)vm->stack->pdata[n - 1])->type == MEDCT_PICKLE_MARK) {
    refuse(vm, N_("its stack runs empty"));
    return NULL;
  }
  return g_ptr_array_steal_index(vm->stack, n - 1);
}

static Value *
top(Vm *vm)
{
  guint n = vm->stack->len;
  Value *value = n > 0 ? vm->stack->pdata[n - 1] : NULL;
  if (value == NULL || value->type == MEDCT_PICKLE_MARK) {
    refuse(vm, N_("its stack runs empty"));
    return NULL;
  }
  return value;
}

static gboolean
take(Vm *vm, guint64 n, const guint8 **bytes)
{
  if (n > (guint64)(vm->end - vm->at))
    return refuse(vm, N_("it ends too early"));
  *bytes = vm->at;
  vm->at += n;
  return TRUE;
}

static gboolean
take_number(Vm *vm, int n, guint64 *value)
{
  const guint8 *bytes;
  if (!take(vm, (guint64)n, &bytes))
    return FALSE;
  *value = 0;
  for (int i = n - 1; i >= 0; i--)
    *value = *value << 8 | bytes[i];
  return TRUE;
}

/* ---- what a global may be -------------------------------------------------------------------- */

static const struct {
  const char *name;
  MedctDtype dtype;
} storages[] = {
    {"torch DoubleStorage", MEDCT_DTYPE_F64}, {"torch FloatStorage", MEDCT_DTYPE_F32},
    {"torch HalfStorage", MEDCT_DTYPE_F16},   {"torch BFloat16Storage", MEDCT_DTYPE_BF16},
    {"torch LongStorage", MEDCT_DTYPE_I64},   {"torch IntStorage", MEDCT_DTYPE_I32},
    {"torch ShortStorage", MEDCT_DTYPE_I16},  {"torch CharStorage", MEDCT_DTYPE_I8},
    {"torch ByteStorage", MEDCT_DTYPE_U8},    {"torch BoolStorage", MEDCT_DTYPE_BOOL},
};
#define ORDERED_DICT      "collections OrderedDict"
#define REBUILD_TENSOR    "torch._utils _rebuild_tensor_v2"
#define REBUILD_PARAMETER "torch._utils _rebuild_parameter"

static gboolean
find_storage(const char *name, MedctDtype *dtype)
{
  for (gsize i = 0; i < G_N_ELEMENTS(storages); i++)
    if (g_str_equal(storages[i].name, name)) {
      *dtype = storages[i].dtype;
      return TRUE;
    }
  return FALSE;
}

static gboolean
push_global(Vm *vm, const char *module, gsize n_module, const char *name, gsize n_name)
{
  MedctDtype unused;
  g_autofree char *global =
      g_strdup_printf("%.*s %.*s", (int)MIN(n_module, 200), module, (int)MIN(n_name, 200), name);
  if (g_str_equal(global, ORDERED_DICT) || g_str_equal(global, REBUILD_TENSOR) ||
      g_str_equal(global, REBUILD_PARAMETER) || find_storage(global, &unused))
    return push_text(vm, MEDCT_PICKLE_GLOBAL, g_steal_pointer(&global));
  char *space = strchr(global, ' ');
  if (space)
    *space = '.';
  return refuse_name(vm, "names", global);
}

static gboolean
run_global(Vm *vm)
{
  const char *module = (const char *)vm->at;
  const char *first = memchr(module, '\n', (gsize)(vm->end - vm->at));
  gsize rest = first ? (gsize)((const char *)vm->end - first - 1) : 0;
  const char *second = first ? memchr(first + 1, '\n', rest) : NULL;
  if (second == NULL)
    return refuse(vm, N_("it ends too early"));
  vm->at = (const guint8 *)second + 1;
  return push_global(vm, module, (gsize)(first - module), first + 1, (gsize)(second - first - 1));
}

static gboolean
run_stack_global(Vm *vm)
{
  Value *name = pop(vm), *module = name ? pop(vm) : NULL;
  if (module == NULL)
    return FALSE;
  if (name->type != MEDCT_PICKLE_STRING || module->type != MEDCT_PICKLE_STRING)
    return refuse(vm, N_("a global without a name"));
  return push_global(vm, module->text, strlen(module->text), name->text, strlen(name->text));
}

/* ---- containers ---------------------------------------------------------------------------------
 */

/* Index of the first value after the last mark, which is taken away by pop_marked. */
static gboolean
find_mark(Vm *vm, guint *first)
{
  for (guint i = vm->stack->len; i > 0; i--)
    if (((Value *)vm->stack->pdata[i - 1])->type == MEDCT_PICKLE_MARK) {
      *first = i;
      return TRUE;
    }
  return refuse(vm, N_("a mark is missing"));
}

static gboolean
make_tuple(Vm *vm, guint first, guint drop)
{
  guint n = vm->stack->len - first;
  g_autoptr(GPtrArray) items = g_ptr_array_sized_new(n);
  for (guint i = 0; i < n; i++) {
    if (((Value *)vm->stack->pdata[first + i])->type == MEDCT_PICKLE_MARK)
      return refuse(vm, N_("its stack runs empty"));
    g_ptr_array_add(items, vm->stack->pdata[first + i]);
  }
  g_ptr_array_set_size(vm->stack, (int)(first - drop));
  Value *tuple = push(vm, MEDCT_PICKLE_TUPLE);
  if (tuple == NULL)
    return FALSE;
  g_ptr_array_unref(tuple->items);
  tuple->items = g_steal_pointer(&items);
  return TRUE;
}

static gboolean
run_small_tuple(Vm *vm, guint n)
{
  if (vm->stack->len < n)
    return refuse(vm, N_("its stack runs empty"));
  return make_tuple(vm, vm->stack->len - n, 0);
}

/* Moves what follows index `first` into the container that stands `below` places before it. */
static gboolean
move_into(Vm *vm, guint first, guint below, MedctPickleType type)
{
  Value *container = first >= below ? vm->stack->pdata[first - below] : NULL;
  guint n = vm->stack->len - first;
  if (container == NULL || container->type != type)
    return refuse(vm, type == MEDCT_PICKLE_DICT ? "an item is set on what is no dictionary"
                                                : "a value is appended to what is no list");
  if (type == MEDCT_PICKLE_DICT && n % 2 != 0)
    return refuse(vm, N_("a key without a value"));
  for (guint i = 0; i < n; i++)
    g_ptr_array_add(container->items, vm->stack->pdata[first + i]);
  g_ptr_array_set_size(vm->stack, (int)(first - below + 1));
  return TRUE;
}

static gboolean
run_set(Vm *vm, guint n, MedctPickleType type)
{
  guint first;
  if (n > 0)
    return vm->stack->len > n ? move_into(vm, vm->stack->len - n, 1, type)
                              : refuse(vm, N_("its stack runs empty"));
  return find_mark(vm, &first) && move_into(vm, first, 2, type);
}

/* ---- tensors ------------------------------------------------------------------------------- */

static Value *
item(const Value *tuple, guint i, MedctPickleType type)
{
  Value *value = i < tuple->items->len ? tuple->items->pdata[i] : NULL;
  return value && value->type == type ? value : NULL;
}

/* ("storage", torch.FloatStorage, key, location, elements) */
static gboolean
run_persistent_id(Vm *vm)
{
  Value *id = pop(vm);
  if (id == NULL)
    return FALSE;
  gboolean tuple = id->type == MEDCT_PICKLE_TUPLE;
  Value *tag = tuple ? item(id, 0, MEDCT_PICKLE_STRING) : NULL;
  Value *type = tuple ? item(id, 1, MEDCT_PICKLE_GLOBAL) : NULL;
  Value *key = tuple ? item(id, 2, MEDCT_PICKLE_STRING) : NULL;
  Value *n = tuple ? item(id, 4, MEDCT_PICKLE_INT) : NULL;
  MedctDtype dtype;
  if (!tag || !type || !key || !n || !g_str_equal(tag->text, "storage") ||
      !find_storage(type->text, &dtype) || n->number < 0)
    return refuse(vm, N_("a persistent id that is no tensor storage"));
  Value *storage = push(vm, MEDCT_PICKLE_STORAGE);
  if (storage == NULL)
    return FALSE;
  storage->text = g_strdup(key->text);
  storage->number = n->number;
  storage->dtype = dtype;
  return TRUE;
}

static gboolean
rebuild_tensor(Vm *vm, const Value *args)
{
  Value *storage = item(args, 0, MEDCT_PICKLE_STORAGE);
  Value *offset = item(args, 1, MEDCT_PICKLE_INT);
  Value *shape = item(args, 2, MEDCT_PICKLE_TUPLE);
  Value *stride = item(args, 3, MEDCT_PICKLE_TUPLE);
  if (!storage || !offset || !shape || !stride || shape->items->len != stride->items->len)
    return refuse(vm, N_("a tensor with other arguments than torch writes"));
  Value *tensor = push(vm, MEDCT_PICKLE_TENSOR);
  if (tensor == NULL)
    return FALSE;
  tensor->storage = storage;
  tensor->number = offset->number;
  tensor->shape = shape;
  tensor->stride = stride;
  return TRUE;
}

static gboolean
run_reduce(Vm *vm)
{
  Value *args = pop(vm), *callable = args ? pop(vm) : NULL;
  if (callable == NULL)
    return FALSE;
  if (callable->type != MEDCT_PICKLE_GLOBAL || args->type != MEDCT_PICKLE_TUPLE)
    return refuse(vm, N_("a call of what is no function"));
  if (g_str_equal(callable->text, ORDERED_DICT) && args->items->len == 0)
    return push(vm, MEDCT_PICKLE_DICT) != NULL;
  if (g_str_equal(callable->text, REBUILD_TENSOR))
    return rebuild_tensor(vm, args);
  Value *data = item(args, 0, MEDCT_PICKLE_TENSOR);
  if (g_str_equal(callable->text, REBUILD_PARAMETER) && data) {
    g_ptr_array_add(vm->stack, data);
    return TRUE;
  }
  return refuse_name(vm, "calls with unknown arguments", callable->text);
}

/* OrderedDict's attributes (_metadata): read and dropped. */
static gboolean
run_build(Vm *vm)
{
  Value *state = pop(vm), *object = state ? top(vm) : NULL;
  if (object == NULL)
    return FALSE;
  return object->type == MEDCT_PICKLE_DICT ||
         refuse(vm, N_("attributes are set on what is no OrderedDict"));
}

/* ---- scalars, memo, the loop --------------------------------------------------------------- */

static gboolean
run_string(Vm *vm, int length_bytes)
{
  guint64 n;
  const guint8 *bytes;
  if (!take_number(vm, length_bytes, &n) || !take(vm, n, &bytes))
    return FALSE;
  if (!g_utf8_validate_len((const char *)bytes, n, NULL))
    return refuse(vm, N_("a string that is not UTF-8"));
  return push_text(vm, MEDCT_PICKLE_STRING, g_strndup((const char *)bytes, n));
}

static gboolean
run_long(Vm *vm)
{
  guint64 n, value = 0;
  if (!take_number(vm, 1, &n))
    return FALSE;
  if (n > 8)
    return refuse(vm, N_("an integer of more than 64 bits"));
  if (!take_number(vm, (int)n, &value))
    return FALSE;
  if (n > 0 && n < 8 && value >> (8 * n - 1))
    value |= ~G_GUINT64_CONSTANT(0) << (8 * n);
  return push_number(vm, MEDCT_PICKLE_INT, (gint64)value);
}

static gboolean
run_int(Vm *vm, int bytes)
{
  guint64 value;
  if (!take_number(vm, bytes, &value))
    return FALSE;
  return push_number(vm, MEDCT_PICKLE_INT, bytes == 4 ? (gint32)(guint32)value : (gint64)value);
}

static gboolean
run_put(Vm *vm, int bytes)
{
  guint64 index = g_hash_table_size(vm->memo);
  if (bytes > 0 && !take_number(vm, bytes, &index))
    return FALSE;
  Value *value = top(vm);
  if (value == NULL)
    return FALSE;
  g_hash_table_insert(vm->memo, GUINT_TO_POINTER((guint)index), value);
  return TRUE;
}

static gboolean
run_get(Vm *vm, int bytes)
{
  guint64 index;
  if (!take_number(vm, bytes, &index))
    return FALSE;
  Value *value = g_hash_table_lookup(vm->memo, GUINT_TO_POINTER((guint)index));
  if (value == NULL)
    return refuse(vm, N_("a memo entry that was never put"));
  g_ptr_array_add(vm->stack, value);
  return TRUE;
}

static gboolean
skip(Vm *vm, guint64 n)
{
  const guint8 *bytes;
  return take(vm, n, &bytes);
}

static gboolean
refuse_opcode(Vm *vm, guint8 opcode)
{
  g_autofree char *name = g_strdup_printf("opcode 0x%02x", opcode);
  return refuse_name(vm, "uses", name);
}

static gboolean
run_container(Vm *vm, guint8 opcode)
{
  guint first;
  switch (opcode) {
  case '(':
    return push(vm, MEDCT_PICKLE_MARK) != NULL;
  case ')':
    return push(vm, MEDCT_PICKLE_TUPLE) != NULL;
  case '}':
    return push(vm, MEDCT_PICKLE_DICT) != NULL;
  case ']':
    return push(vm, MEDCT_PICKLE_LIST) != NULL;
  case 't':
    return find_mark(vm, &first) && make_tuple(vm, first, 1);
  case 0x85:
    return run_small_tuple(vm, 1);
  case 0x86:
    return run_small_tuple(vm, 2);
  case 0x87:
    return run_small_tuple(vm, 3);
  case 's':
    return run_set(vm, 2, MEDCT_PICKLE_DICT);
  case 'u':
    return run_set(vm, 0, MEDCT_PICKLE_DICT);
  case 'a':
    return run_set(vm, 1, MEDCT_PICKLE_LIST);
  case 'e':
    return run_set(vm, 0, MEDCT_PICKLE_LIST);
  default:
    return refuse_opcode(vm, opcode);
  }
}

static gboolean
run_opcode(Vm *vm, guint8 opcode)
{
  switch (opcode) {
  case 0x80:
    return skip(vm, 1); /* PROTO */
  case 0x95:
    return skip(vm, 8); /* FRAME */
  case 'c':
    return run_global(vm);
  case 0x93:
    return run_stack_global(vm);
  case 'X':
    return run_string(vm, 4);
  case 0x8c:
    return run_string(vm, 1);
  case 'J':
    return run_int(vm, 4);
  case 'K':
    return run_int(vm, 1);
  case 'M':
    return run_int(vm, 2);
  case 0x8a:
    return run_long(vm);
  case 'G':
    return skip(vm, 8) && push_number(vm, MEDCT_PICKLE_FLOAT, 0);
  case 'N':
    return push_number(vm, MEDCT_PICKLE_NONE, 0);
  case 0x88:
    return push_number(vm, MEDCT_PICKLE_BOOL, 1);
  case 0x89:
    return push_number(vm, MEDCT_PICKLE_BOOL, 0);
  case 'Q':
    return run_persistent_id(vm);
  case 'R':
    return run_reduce(vm);
  case 'b':
    return run_build(vm);
  case 'q':
    return run_put(vm, 1);
  case 'r':
    return run_put(vm, 4);
  case 0x94:
    return run_put(vm, 0);
  case 'h':
    return run_get(vm, 1);
  case 'j':
    return run_get(vm, 4);
  default:
    return run_container(vm, opcode);
  }
}

MedctPickle *
medct_pickle_load(const guint8 *tainted_bytes, gsize n, const char *what, GError **error)
{
  g_autoptr(MedctPickle) vm = g_new0(MedctPickle, 1);
  vm->all = g_ptr_array_new_with_free_func(free_value);
  vm->stack = g_ptr_array_new();
  vm->memo = g_hash_table_new(NULL, NULL);
  vm->at = tainted_bytes;
  vm->end = tainted_bytes + n;
  vm->what = what;
  vm->error = error;
  while (vm->at < vm->end) {
    guint8 opcode = *vm->at++;
    if (opcode == '.') {
      vm->root = pop(vm);
      return vm->root ? g_steal_pointer(&vm) : NULL;
    }
    if (!run_opcode(vm, opcode))
      return NULL;
  }
  refuse(vm, N_("it ends without STOP"));
  return NULL;
}

void
medct_pickle_free(MedctPickle *pickle)
{
  if (pickle == NULL)
    return;
  g_ptr_array_unref(pickle->stack);
  g_hash_table_unref(pickle->memo);
  g_ptr_array_unref(pickle->all);
  g_free(pickle);
}

const MedctPickleValue *
medct_pickle_root(const MedctPickle *pickle)
{
  return pickle->root;
}

const MedctPickleValue *
medct_pickle_dict_get(const MedctPickleValue *dict, const char *key)
{
  if (dict->type != MEDCT_PICKLE_DICT)
    return NULL;
  for (guint i = dict->items->len; i >= 2; i -= 2) {
    const Value *k = dict->items->pdata[i - 2];
    if (k->type == MEDCT_PICKLE_STRING && g_str_equal(k->text, key))
      return dict->items->pdata[i - 1];
  }
  return NULL;
}
