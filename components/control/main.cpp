// SPDX-License-Identifier: Apache-2.0
// Orders of the host, line by line: see README.md.
#include <abi/protocols/console.hpp>
#include <array>

#include "components/control/orders.hpp"
#include "lib/rt/component.hpp"
#include "lib/service/byte_link.hpp"

namespace {

using namespace tessera;

constexpr std::size_t kMostLine = 640;  // with 256 bytes of a program

class ToHost final : public control::Out {
 public:
  explicit ToHost(service::ByteLink& link) : link_(link) {}
  void write(std::string_view text) override { link_.write(text); }

 private:
  service::ByteLink& link_;
};

class Lines {
 public:
  explicit Lines(service::ByteLink& link) : link_(link) {}

  // One without its end; none: it was too long, and is gone.
  std::optional<std::string_view> next(std::span<char> room) {
    std::size_t count = 0;
    for (;;) {
      if (waiting_.empty()) waiting_ = std::span(chunk_).first(link_.read_some(chunk_));
      const auto letter = std::to_integer<char>(waiting_.front());
      waiting_ = waiting_.subspan(1);
      if (letter == '\n') break;
      if (count < room.size()) room[count] = letter;
      ++count;
    }
    if (count > room.size()) return std::nullopt;
    return std::string_view(room.data(), count);
  }

 private:
  service::ByteLink& link_;
  std::array<std::byte, 512> chunk_{};
  std::span<const std::byte> waiting_;  // of the chunk
};

}  // namespace

// TAG ORDER, and the answer's lines begin with the tag.
int component_main(const rt::Start& start) {
  service::ByteLink link = service::ByteLink::open(start, "link", protocol::console::kHash);
  ToHost out(link);
  Lines lines(link);
  start.ready();
  for (;;) {
    std::array<char, kMostLine> room;
    const auto line = lines.next(room);
    if (!line || line->empty()) continue;
    const std::size_t space = std::min(line->find(' '), line->size());
    control::carry_out(start.info().supervisor, line->substr(0, space), line->substr(std::min(space + 1, line->size())), out);
  }
}
