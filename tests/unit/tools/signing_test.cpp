// SPDX-License-Identifier: Apache-2.0
// Signatures of programs: made by the tool, checked by what genesis checks with.
#include "tools/signing/key.hpp"

#include <sys/stat.h>

#include "lib/format/signatures.hpp"
#include "tests/unit/tools/check.hpp"
#include "tools/support/file.hpp"
#include "tools/support/temporary.hpp"

namespace {

using namespace tessera;
using namespace tessera::tests;
using namespace tessera::tools;

// RFC 8032, 7.1, test 1.
const std::string kSeed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
const std::string kPublic = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";

std::span<const std::byte> bytes(std::string_view text) { return std::as_bytes(std::span(text)); }

Result<signing::Key> key_of(const std::string& directory, const std::string& seed) {
  TRY(write_file(directory + "/key", seed));
  return signing::Key::read(directory + "/key");
}

void keys(const std::string& directory) {
  const auto key = key_of(directory, kSeed + "\n");
  check(key.has_value(), "the RFC's key is read");
  if (key) equal(key->public_text(), kPublic);
  for (const std::string& bad : {std::string(), std::string("x"), kSeed.substr(1), kSeed + "0", "g" + kSeed.substr(1), kSeed + "\n\n"}) {
    check(!key_of(directory, bad).has_value(), "no key: " + bad);
  }
  check(!signing::Key::read(directory + "/none").has_value(), "a file that is not there");
  const auto made = signing::Key::read_or_make(directory + "/new"), again = signing::Key::read_or_make(directory + "/new");
  check(made && again && made->public_text() == again->public_text(), "a key is made once");
  struct stat found{};
  check(::stat((directory + "/new").c_str(), &found) == 0 && (found.st_mode & 077) == 0, "it is its owner's alone");
  const auto other = signing::Key::read_or_make(directory + "/other");
  check(made && other && made->public_text() != other->public_text(), "another is another");
  check(signature::parse_key(kPublic).has_value() && !signature::parse_key(kPublic.substr(2)).has_value(), "the manifest's key");
}

void signatures(const std::string& directory) {
  const auto key = key_of(directory, kSeed);
  const auto other = signing::Key::read_or_make(directory + "/other");
  if (!key || !other) return check(false, "keys");
  const std::string program(10'000, 'p');
  const auto signature = key->sign("driver", program);
  check(signature == key->sign("driver", program), "signing twice gives the same");
  const auto good = [&](std::string_view name, std::string_view content, const signature::Signature& with, const signature::PublicKey& by) {
    return signature::is_signed(signature::digest_of(name, bytes(content)), with, by);
  };
  check(good("driver", program, signature, key->public_key()), "a good signature");
  check(!good("driver", program, signature, other->public_key()), "of another key");
  check(!good("driver", program, other->sign("driver", program), key->public_key()), "by another key");
  check(!good("drive", "r" + program, signature, key->public_key()), "a letter of the name is in the program");
  check(!good("driver2", program, signature, key->public_key()), "another program's name");
  check(!good("driver", program + std::string(1, '\0'), signature, key->public_key()), "a byte more");
  check(!good("driver", program.substr(1), signature, key->public_key()), "a byte less");
  for (std::size_t bit = 0; bit < 8 * signature.size(); ++bit) {
    auto flipped = signature;
    flipped.at(bit / 8) ^= static_cast<std::uint8_t>(1u << bit % 8);
    check(!good("driver", program, flipped, key->public_key()), "bit " + std::to_string(bit) + " of the signature");
  }
  for (std::size_t byte = 0; byte < program.size(); byte += 997) {
    std::string changed = program;
    changed[byte] = static_cast<char>(changed[byte] ^ 0x10);
    check(!good("driver", changed, signature, key->public_key()), "a bit of the program");
  }
  check(!good("driver", program, {}, key->public_key()), "zeros as a signature");
  check(!good("driver", program, signature, {}), "zeros as a key");
}

void tables(const std::string& directory) {
  const auto key = key_of(directory, kSeed);
  if (!key) return check(false, "key");
  const std::string longest(39, 'n');
  const auto one = key->sign("one", "1"), two = key->sign(longest, "2");
  const std::string table = signing::signature_table({{"one", one}, {longest, two}});
  equal(table.size(), std::size_t{208});
  check(format::find_signature(bytes(table), "one") == one, "the first");
  check(format::find_signature(bytes(table), longest) == two, "the second");
  check(!format::find_signature(bytes(table), "on") && !format::find_signature(bytes(table), ""), "no other");
  check(!format::find_signature(bytes(table.substr(0, 207)), longest), "a row that is cut off");
  check(!format::find_signature({}, "one"), "no rows");
}

}  // namespace

int main() {
  const auto directory = TemporaryDirectory::make();
  if (!directory) return 1;
  keys(directory->path());
  signatures(directory->path());
  tables(directory->path());
  return result();
}
