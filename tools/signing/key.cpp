// SPDX-License-Identifier: Apache-2.0
#include "tools/signing/key.hpp"

#include <fcntl.h>
#include <sodium/crypto_sign_ed25519.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <span>
#include <system_error>

#include "tools/support/bytes.hpp"
#include "tools/support/file.hpp"
#include "tools/support/unique_fd.hpp"

namespace tessera::tools::signing {
namespace {

constexpr std::size_t kNameBytes = 40;

// Under its name only when it is whole, and never over another: two runs at a time have the same key.
Result<void> make(const std::string& file) {
  std::array<std::uint8_t, 32> seed{};
  if (::getrandom(seed.data(), seed.size(), 0) != static_cast<ssize_t>(seed.size())) return fail_errno("no random bytes for a signing key");
  const std::string temporary = file + "." + std::to_string(::getpid());
  {
    const UniqueFd output(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
    if (!output.valid()) return fail_errno("cannot create " + temporary);
    TRY(write_all(output.get(), hexadecimal(seed) + "\n", temporary));
  }
  const bool made = ::link(temporary.c_str(), file.c_str()) == 0 || errno == EEXIST;
  const auto failure = fail_errno("cannot create " + file);
  ::unlink(temporary.c_str());
  if (!made) return failure;
  return {};
}

}  // namespace

std::string hexadecimal(std::span<const std::uint8_t> bytes) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string text;
  for (const std::uint8_t one : bytes) {
    text += kDigits[one >> 4];
    text += kDigits[one & 15];
  }
  return text;
}

Key::Key(const Seed& seed) { (void)::crypto_sign_ed25519_seed_keypair(public_.data(), secret_.data(), seed.data()); }

Result<Key> Key::read(const std::string& file) {
  std::string text = TRY(read_file(file));
  if (text.ends_with('\n')) text.pop_back();
  const auto seed = signature::parse_key(text);
  if (!seed) return fail(file + " is no signing key: that is 64 hexadecimal digits");
  return Key(*seed);
}

Result<Key> Key::read_or_make(const std::string& file) {
  std::error_code error;
  if (!std::filesystem::exists(file, error)) TRY(make(file));
  return read(file);
}

std::string Key::public_text() const { return hexadecimal(public_); }

signature::Signature Key::sign(const std::string& program, std::string_view content) const {
  const signature::Digest digest = signature::digest_of(program, std::as_bytes(std::span(content)));
  signature::Signature made{};
  (void)::crypto_sign_ed25519_detached(made.data(), nullptr, digest.data(), digest.size(), secret_.data());
  return made;
}

std::string signature_table(const std::vector<std::pair<std::string, signature::Signature>>& rows) {
  std::string table;
  for (const auto& [name, signature] : rows) {
    append_field(table, name, kNameBytes);
    for (const std::uint8_t one : signature) table += static_cast<char>(one);
  }
  return table;
}

}  // namespace tessera::tools::signing
