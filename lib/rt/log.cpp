// SPDX-License-Identifier: Apache-2.0
#include "lib/rt/log.hpp"

#include <abi/nucleus.client.hpp>
#include <algorithm>
#include <cstring>

#include "lib/rt/thread_block.hpp"

namespace tessera::rt {

namespace {
constinit std::uint64_t log_handle = 0;
}

void set_log(std::uint64_t log) { log_handle = log; }

std::size_t put_message_text(std::string_view text) {
  abi::MessagePage* page = current().message_page;
  if (page == nullptr) return 0;
  const auto words = std::span(page->words).subspan(abi::kRegisterWords);
  const std::size_t bytes = std::min(text.size(), words.size_bytes());
  std::memcpy(words.data(), text.data(), bytes);
  return bytes;
}

void log_line(std::string_view text) {
  if (log_handle == 0) return;
  std::array<char, kLogBytes> line;
  const std::size_t bytes = std::min(text.size(), line.size() - 1);
  std::ranges::copy(text.substr(0, bytes), line.begin());
  line[bytes] = '\n';
  if (const std::size_t put = put_message_text({line.data(), bytes + 1}); put != 0) (void)abi::log_write(log_handle, put);
}

}  // namespace tessera::rt
