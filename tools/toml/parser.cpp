// SPDX-License-Identifier: Apache-2.0
// TOML: values, key = value lines and table headers.
#include "tools/toml/parser.hpp"

#include <utility>

#include "tools/toml/scan.hpp"

namespace tessera::tools::toml {
namespace {

constexpr unsigned kMaxDepth = 64;  // of arrays and inline tables, so that no file overflows the stack

Parsed<Value> parse_value(Cursor& cursor, unsigned depth);

// "duplicate" for people: says where the first one is.
std::string defined_before(const Entry& entry) {
  return "'" + entry.key + "' is defined already, in line " + std::to_string(entry.where.line);
}

// The table that KEY names in PARENT, made if it is not there. An array of
// tables stands for its last element.
Parsed<Table*> descend(Table& parent, const Key& key) {
  Entry* entry = parent.find_entry(key.name);
  if (entry == nullptr) {
    parent.entries.push_back({key.name, key.where, Value{key.where, Table{}}});
    return std::get_if<Table>(&parent.entries.back().value.data);
  }
  Value* value = &entry->value;
  if (value->by_header) value = &std::get_if<Array>(&value->data)->back();
  Table* table = std::get_if<Table>(&value->data);
  if (table == nullptr || table->closed) return problem(key.where, defined_before(*entry) + " and cannot be extended");
  return table;
}

Parsed<Table*> descend_all_but_last(Table& parent, const std::vector<Key>& path) {
  Table* table = &parent;
  for (std::size_t i = 0; i + 1 < path.size(); ++i) {
    auto next = descend(*table, path[i]);
    if (!next) return next;
    table = *next;
  }
  return table;
}

Parsed<void> parse_assignment(Cursor& cursor, Table& table, unsigned depth) {
  auto path = scan_dotted_key(cursor);
  if (!path) return std::unexpected(path.error());
  if (!cursor.accept('=')) return problem(cursor.where(), "'=' is expected behind the key");
  cursor.skip_blanks();
  auto value = parse_value(cursor, depth);
  if (!value) return std::unexpected(value.error());
  auto parent = descend_all_but_last(table, *path);
  if (!parent) return std::unexpected(parent.error());
  const Key& key = path->back();
  if (const Entry* old = (*parent)->find_entry(key.name)) return problem(key.where, defined_before(*old));
  (*parent)->entries.push_back({key.name, key.where, std::move(*value)});
  return {};
}

Parsed<Array> parse_array(Cursor& cursor, unsigned depth) {
  const Location start = cursor.where();
  cursor.take();
  Array array;
  for (;;) {
    cursor.skip_space();
    if (cursor.accept(']')) return array;
    if (cursor.at_end()) return problem(start, "the array has no ']'");
    auto value = parse_value(cursor, depth);
    if (!value) return std::unexpected(value.error());
    array.push_back(std::move(*value));
    cursor.skip_space();
    if (cursor.at_end()) return problem(start, "the array has no ']'");
    if (!cursor.accept(',') && cursor.peek() != ']') return problem(cursor.where(), "',' or ']' is expected here");
  }
}

Parsed<Table> parse_inline_table(Cursor& cursor, unsigned depth) {
  cursor.take();
  Table table;
  cursor.skip_blanks();
  if (!cursor.accept('}')) {
    for (;;) {
      if (auto done = parse_assignment(cursor, table, depth); !done) return std::unexpected(done.error());
      cursor.skip_blanks();
      if (cursor.accept('}')) break;
      if (!cursor.accept(',')) {
        return problem(cursor.where(), "',' or '}' is expected here (an inline table stays on one line)");
      }
      cursor.skip_blanks();
    }
  }
  table.closed = true;
  return table;
}

Parsed<Value> parse_word(Cursor& cursor) {
  const Location start = cursor.where();
  std::string word;
  while (cursor.peek() >= 'a' && cursor.peek() <= 'z') word += cursor.take();
  if (word == "true") return Value{start, true};
  if (word == "false") return Value{start, false};
  if (word == "inf" || word == "nan") return problem(start, "numbers with a fraction are not supported");
  return problem(start, "a value is expected here: \"text\", a number, true, false, [array] or {table}");
}

Parsed<Value> parse_value(Cursor& cursor, unsigned depth) {
  const Location start = cursor.where();
  if (depth >= kMaxDepth) return problem(start, "values are nested too deeply");
  const auto wrap = [&](auto parsed) -> Parsed<Value> {
    if (!parsed) return std::unexpected(parsed.error());
    return Value{start, std::move(*parsed)};
  };
  const char first = cursor.peek();
  if (first == '"' || first == '\'') return wrap(scan_string(cursor));
  if (first == '[') return wrap(parse_array(cursor, depth + 1));
  if (first == '{') return wrap(parse_inline_table(cursor, depth + 1));
  if ((first >= '0' && first <= '9') || first == '-' || first == '+') return wrap(scan_integer(cursor));
  return parse_word(cursor);
}

// [a.b] and [[a.b]]: the table that the lines below fill.
Parsed<Table*> parse_header(Cursor& cursor, Table& root) {
  cursor.take();
  const bool element = cursor.accept('[');
  auto path = scan_dotted_key(cursor);
  if (!path) return std::unexpected(path.error());
  if (!cursor.accept(']') || (element && !cursor.accept(']'))) {
    return problem(cursor.where(), element ? "']]' is expected here" : "']' is expected here");
  }
  auto parent = descend_all_but_last(root, *path);
  if (!parent) return parent;
  const Key& key = path->back();
  Entry* old = (*parent)->find_entry(key.name);
  if (!element) {
    if (old != nullptr && old->value.by_header) return problem(key.where, defined_before(*old) + " as an array of tables");
    auto table = descend(**parent, key);
    if (!table) return table;
    if ((*table)->by_header) return problem(key.where, defined_before(*old));
    (*table)->by_header = true;
    return table;
  }
  if (old == nullptr) {
    (*parent)->entries.push_back({key.name, key.where, Value{key.where, Array{}, true}});
    old = &(*parent)->entries.back();
  }
  if (!old->value.by_header) return problem(key.where, defined_before(*old) + " and is no array of tables");
  Array& array = *std::get_if<Array>(&old->value.data);
  array.push_back(Value{key.where, Table{}});
  return std::get_if<Table>(&array.back().data);
}

Parsed<Table> parse_document(Cursor& cursor) {
  Table root;
  Table* current = &root;
  for (;;) {
    cursor.skip_space();
    if (cursor.at_end()) return root;
    if (cursor.peek() == '[') {
      auto table = parse_header(cursor, root);
      if (!table) return std::unexpected(table.error());
      current = *table;
    } else if (auto done = parse_assignment(cursor, *current, 0); !done) {
      return std::unexpected(done.error());
    }
    cursor.skip_blanks();
    cursor.skip_comment();
    if (!cursor.at_line_end()) return problem(cursor.where(), "the line should end here");
  }
}

}  // namespace

std::expected<Table, Diagnostic> parse(std::string_view text, const std::string& file) {
  Cursor cursor(text);
  auto document = parse_document(cursor);
  if (!document) return std::unexpected(Diagnostic{file, document.error().where, document.error().message});
  return std::move(*document);
}

}  // namespace tessera::tools::toml
