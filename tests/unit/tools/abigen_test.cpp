// SPDX-License-Identifier: Apache-2.0
// The ABI generator: what it refuses, and what it makes of a small interface.
#include <array>
#include <string>

#include "tests/unit/tools/check.hpp"
#include "tools/abigen/emit.hpp"
#include "tools/abigen/load.hpp"
#include "tools/abigen/protocol.hpp"
#include "tools/support/hash64.hpp"

namespace {

using namespace tessera::tests;
using tessera::tools::Diagnostics;
using tessera::tools::abigen::Abi;
namespace abigen = tessera::tools::abigen;

const std::string kGood = R"([abi]
name = "small"
version = 3
doc = "A small interface."
[[constant]]
name = "page_bytes"
value = 4096
doc = "Page."
[[error]]
name = "ok"
number = 0
doc = "Fine."
[[right]]
name = "read"
bit = 0
doc = "Read."
[[right]]
name = "manage"
bit = 5
doc = "Manage."
[[object]]
name = "thing"
number = 2
doc = "A thing."
  [[object.method]]
  name = "delete"
  number = 1
  rights = ["read", "manage"]
  args = [ { name = "type", type = "object_type", doc = "what" }, { name = "new", type = "u64", doc = "" } ]
  returns = [ { name = "a", type = "u64", doc = "" }, { name = "b", type = "object_type", doc = "" } ]
  errors = ["ok"]
  doc = "Deletes."
[[struct]]
name = "inner"
doc = "Inner."
fields = [ { name = "x", type = "u32" }, { name = "y", type = "u32" } ]
[[struct]]
name = "outer"
doc = "Outer."
fields = [ { name = "default", type = "u64" }, { name = "parts", type = "inner", count = 2 }, { name = "last", type = "u8" } ]
size = 32
)";

std::string problems(const std::string& text) {
  Diagnostics diagnostics("a.toml");
  static_cast<void>(tessera::tools::abigen::load(text, "a.toml", diagnostics));
  return diagnostics.text();
}

void refused(const std::string& more, std::string_view message) { contains(problems(kGood + more), message); }

void emits() {
  Diagnostics diagnostics("a.toml");
  const Abi abi = tessera::tools::abigen::load(kGood, "a.toml", diagnostics);
  equal(diagnostics.text(), "");
  const std::string cpp = emit_cpp(abi);
  contains(cpp, "inline constexpr std::uint64_t kPageBytes = 4096;");
  contains(cpp, "kSmallAbiHash = 0x");
  contains(cpp, "  delete_ = 1,");
  contains(cpp, "kThingDeleteRights = kRightRead | kRightManage;");
  contains(cpp, "std::array<Inner, 2> parts{};");
  contains(cpp, "std::uint64_t default_ = 0;");
  contains(cpp, "std::array<std::uint8_t, 7> padding{};");
  contains(cpp, "static_assert(sizeof(Outer) == 32);");
  contains(cpp, "static_assert(offsetof(Outer, last) == 24);");
  const std::string client = emit_client(abi);
  contains(client, "struct ThingDeleteResult {");
  contains(client, "thing_delete(std::uint64_t self, ObjectType type, std::uint64_t new_)");
  contains(emit_methods(abi), "{ObjectType::thing, 1, \"delete\", 2, {{{\"type\", \"object_type\"}, {\"new\", ");
  const std::string assembler = emit_assembler(abi);
  contains(assembler, "#define ABI_OUTER_LAST 24\n");
  contains(assembler, "#define ABI_OUTER_SIZE 32\n");
  contains(assembler, "#define ABI_RIGHT_MANAGE 32\n");
  contains(emit_c(abi), "#define TESSERA_SMALL_ABI_VERSION UINT64_C(3)");
  contains(emit_rust(abi), "pub const SMALL_ABI_VERSION: u64 = 3;");
  contains(emit_reference(abi), "#### `thing.delete` (method 1)");
}

void refuses() {
  refused("[[error]]\nname = \"ok\"\nnumber = 1\ndoc = \"\"\n", "a.toml:43:8: the error 'ok' is defined already, in line 10");
  refused("[[error]]\nname = \"no\"\nnumber = 0\ndoc = \"\"\n", "a.toml:44:10: the error number 0 is used already");
  refused("[[error]]\nname = \"No\"\nnumber = 1\ndoc = \"\"\n", "is not a good name");
  refused("[[error]]\nname = \"no\"\nnumber = 1\ndoc = \"\"\ndok = 1\n", "has no key 'dok', did you mean 'doc'?");
  refused("[[right]]\nname = \"w\"\nbit = 8\ndoc = \"\"\n", "'bit' must be between 0 and 7");
  refused("[[error]]\nname = \"no\"\ndoc = \"\"\n", "a.toml:42:3: 'number' is missing");
  const std::string object = "[[object]]\nname = \"o\"\nnumber = 9\ndoc = \"\"\n[[object.method]]\nname = \"m\"\nnumber = 1\ndoc = \"\"\n";
  refused(object + "errors = [\"okk\"]\n", "no error is called 'okk', did you mean 'ok'?");
  refused(object + "rights = [\"raed\"]\n", "no right is called 'raed', did you mean 'read'?");
  refused(object + "args = [ { name = \"a\", type = \"u63\" } ]\n", "no parameter type 'u63', did you mean 'u64'?");
  std::string many;
  for (int i = 0; i < 9; ++i) many += "{ name = \"a" + std::to_string(i) + "\", type = \"u64\" },";
  refused(object + "args = [ " + many + " ]\n", "at most 8 args, this one has 9");
  const std::string shape = "[[struct]]\nname = \"s\"\ndoc = \"\"\n";
  refused(shape + "fields = [ { name = \"a\", type = \"u8\" }, { name = \"b\", type = \"u64\" } ]\n", "put 7 bytes of reserved");
  refused(shape + "fields = [ { name = \"a\", type = \"u64\" } ]\nsize = 4\n", "the fields take 8 bytes");
  refused(shape + "fields = [ { name = \"a\", type = \"iner\" } ]\n", "no type 'iner', did you mean 'inner'?");
  refused(shape + "fields = [ { name = \"a\", type = \"u64\" } ]\nsize = 12\n", "must be a multiple of 8");
  refused(shape + "fields = []\n", "a struct needs fields");
  refused("[[eror]]\n", "has no key 'eror', did you mean 'error'?");
  contains(problems(""), "the table [abi]");
}

const std::string kProtocol = R"([protocol]
name = "post"
entries = 64
flags = 3
doc = "Letters."
[[constant]]
name = "most"
value = 9
doc = ""
[[status]]
name = "lost"
number = 1
doc = "Gone."
[[struct]]
name = "stamp"
doc = ""
fields = [ { name = "value", type = "u64" } ]
[[operation]]
name = "send"
code = 1
args = [
  { name = "to", type = "u64" }, { name = "a", type = "u32" }, { name = "b", type = "u32" }, { name = "new", type = "u32" },
  { name = "from", type = "u64", doc = "who" },
]
results = [ { name = "number", type = "u32" } ]
buffer = "in"
pieces = true
request = "stamp"
doc = "Sends."
)";

std::uint64_t protocol_hash(const std::string& text) {
  Diagnostics diagnostics("p.toml");
  const auto protocol = tessera::tools::abigen::load_protocol(text, "p.toml", diagnostics);
  equal(diagnostics.text(), "");
  return protocol.hash;
}

std::string with(std::string_view what, std::string_view instead) {
  std::string text = kProtocol;
  const std::size_t at = text.find(what);
  check(at != std::string::npos, "the text to replace is there");
  return text.replace(at, what.size(), instead);
}

void protocols() {
  Diagnostics diagnostics("p.toml");
  const auto protocol = tessera::tools::abigen::load_protocol(kProtocol, "p.toml", diagnostics);
  equal(diagnostics.text(), "");
  const std::string cpp = emit_protocol_cpp(protocol);
  contains(cpp, "namespace tessera::protocol::post {");
  contains(cpp, "    return {to, std::uint64_t{a} | std::uint64_t{b} << 32, std::uint64_t{new_}, from, 0};");
  contains(cpp, "    if ((std::get<2>(words) >> 32 | std::get<4>(words)) != 0) return std::nullopt;");
  contains(cpp, "kClientWrites = true, kServerWrites = false, kPieces = true;");
  contains(cpp, "  using InBuffer = Stamp;");
  contains(cpp, "      case Operation::send: return found(SendRequest::of_words(words));");
  contains(emit_protocol_c(protocol), "  words[1] |= (uint64_t)b << 32;");
  contains(emit_protocol_rust(protocol), "b: (words[1] >> 32) as u32");
  contains(emit_protocol_page(protocol), "| `b` | u32 | 1 (upper half) |");
  // The hash is over what the ends must agree on, and over no text for people.
  const std::uint64_t hash = protocol.hash;
  equal(protocol_hash(with("Letters.", "Parcels.")), hash);
  equal(protocol_hash(with("\"who\"", "\"whoever\"")), hash);
  for (const auto& [what, instead] : std::array<std::pair<std::string, std::string>, 8>{{{"entries = 64", "entries = 32"},
                                                                                          {"flags = 3", "flags = 1"},
                                                                                          {"value = 9", "value = 8"},
                                                                                          {"number = 1", "number = 2"},
                                                                                          {"type = \"u64\" } ]", "type = \"u32\" }, { name = \"x\", type = \"u32\" } ]"},
                                                                                          {"code = 1", "code = 2"},
                                                                                          {"pieces = true", "pieces = false"},
                                                                                          {"buffer = \"in\"", "buffer = \"both\""}}}) {
    check(protocol_hash(with(what, instead)) != hash, "the hash changes with " + instead);
  }
}

void refuses_protocols() {
  const auto refused_so = [](const std::string& text, std::string_view message) {
    Diagnostics diagnostics("p.toml");
    static_cast<void>(tessera::tools::abigen::load_protocol(text, "p.toml", diagnostics));
    contains(diagnostics.text(), message);
  };
  refused_so("", "the table [protocol]");
  const std::string calls = "[protocol]\nname = \"p\"\ndoc = \"d\"\ntransport = \"call\"\n", one = "[[operation]]\nname = \"o\"\ncode = 1\ndoc = \"d\"\nbuffer = \"in\"\n";
  protocol_hash(calls + one);
  refused_so(calls + "entries = 16\n" + one, "only requests in a ring have entries");
  refused_so(calls + one + "pieces = true\n", "have no pieces");
  refused_so("[protocol]\nname = \"p\"\ndoc = \"d\"\ntransport = \"rings\"\nentries = 16\n" + one, "no transport 'rings', did you mean 'ring'");
  refused_so(with("entries = 64", "entries = 48"), "p.toml:3:11: the entries of a queue are a power of two");
  refused_so(with("number = 1", "number = 0"), "status 0 stands for success");
  refused_so(with("\"u32\" }, { name = \"b\"", "\"u16\" }, { name = \"b\""), "no argument type 'u16'");
  refused_so(with("{ name = \"to\", type = \"u64\" }", "{ name = \"to\", type = \"u64\" }, { name = \"x\", type = \"u64\" }, { name = \"y\", type = \"u64\" }"),
             "there are 5 words for args, these take 6");
  refused_so(with("\"in\"", "\"inn\""), "no kind of buffer 'inn', did you mean 'in'?");
  refused_so(with("\"in\"", "\"none\""), "an operation without a buffer has no pieces");
  refused_so(with("\"in\"", "\"out\""), "request needs a buffer that the client writes");
  refused_so(with("request = \"stamp\"", "answer = \"stamp\""), "answer needs a buffer that the server writes");
  refused_so(with("\"stamp\"\ndoc = \"S", "\"stmp\"\ndoc = \"S"), "no struct is called 'stmp', did you mean 'stamp'?");
  refused_so(with("name = \"stamp\"", "name = \"send_request\""), "the generated code has a SendRequest of its own");
  refused_so(with("name = \"from\"", "name = \"to\""), "the argument 'to' is defined already");
  refused_so(kProtocol + "[[operation]]\nname = \"x\"\ncode = 1\ndoc = \"\"\n", "the operation code 1 is used already");
  refused_so(with("pieces", "piecs"), "has no key 'piecs', did you mean 'pieces'?");
}

// Frames in a stream, and texts that both ends know.
void streams() {
  const std::string head = "[protocol]\nname = \"p\"\ndoc = \"d\"\ntransport = \"stream\"\n";
  const std::string size = "[[struct]]\nname = \"size\"\ndoc = \"d\"\nfields = [ { name = \"rows\", type = \"u16\" } ]\n";
  const std::string frame = "[[operation]]\nname = \"window\"\ncode = 2\ndoc = \"d\"\nbuffer = \"out\"\nanswer = \"size\"\n";
  const std::string text = "[[constant]]\nname = \"mark\"\ntext = \"the mark: \"\ndoc = \"d\"\n";
  Diagnostics diagnostics("p.toml");
  const abigen::Protocol protocol = abigen::load_protocol(head + text + size + frame, "p.toml", diagnostics);
  equal(diagnostics.text(), "");
  contains(abigen::emit_protocol_cpp(protocol), "inline constexpr std::string_view kMark = \"the mark: \";");
  contains(abigen::emit_protocol_cpp(protocol), "enum class Operation : std::uint8_t {\n");
  contains(abigen::emit_protocol_cpp(protocol), "std::uint16_t rows");
  check(abigen::emit_protocol_cpp(protocol).find("Request") == std::string::npos, "no requests");
  contains(abigen::emit_protocol_c(protocol), "#define TESSERA_P_MARK \"the mark: \"");
  contains(abigen::emit_protocol_rust(protocol), "pub const MARK: &str = \"the mark: \";");
  contains(abigen::emit_protocol_page(protocol), "To the client, beginning with `size`.");
  const auto hash_of = [](const std::string& all) {
    Diagnostics ignored("p.toml");
    return abigen::load_protocol(all, "p.toml", ignored).hash;
  };
  check(hash_of(head + text) != hash_of(head + "[[constant]]\nname = \"mark\"\ntext = \"the mark:\"\ndoc = \"d\"\n"), "a text counts");
  const auto refused_so = [](const std::string& all, std::string_view message) {
    Diagnostics problems("p.toml");
    (void)abigen::load_protocol(all, "p.toml", problems);
    contains(problems.text(), message);
  };
  refused_so(head + "entries = 16\n" + frame, "only requests in a ring have entries");
  refused_so(head + size + frame + "args = []\n", "frames have no args");
  refused_so(head + size + "[[operation]]\nname = \"x\"\ncode = 256\ndoc = \"d\"\nbuffer = \"in\"\n", "a number from 0 to 255");
  refused_so(head + "[[operation]]\nname = \"x\"\ncode = 1\ndoc = \"d\"\n", "frames need buffer");
  refused_so(head + "[[constant]]\nname = \"mark\"\ntext = 'a\"b'\ndoc = \"d\"\n", "a text has no quotes");
}

// Both sides of every hash compute it: the value is part of the formats.
void hash() {
  using tessera::tools::hash64;
  equal(hash64(""), 0x9e37'79b9'e17d'05acu);
  equal(hash64("a"), 0xc67b'1fb2'29c0'0e0du);
  equal(hash64("12345678"), 0x644e'7c94'1a01'b8bdu);
  equal(hash64("tessera bundle"), 0x24fe'611a'd7f9'bd78u);
  check(hash64("a") != hash64(std::string_view("a\0", 2)), "the length counts");
  check(hash64("12345678a") != hash64("12345678b"), "the last bytes count");
}

}  // namespace

int main() {
  emits();
  refuses();
  protocols();
  refuses_protocols();
  streams();
  hash();
  return result();
}
