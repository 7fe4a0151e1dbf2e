// SPDX-License-Identifier: Apache-2.0
// The start page as genesis writes it and the runtime reads it.
#include "components/genesis/start_page.hpp"

#include <cstring>
#include <memory>
#include <random>
#include <string>

#include "tests/support/check.hpp"

using namespace tessera;

namespace {

struct alignas(4096) Page {
  std::array<std::byte, genesis::StartPage::kBytes> bytes{};
};

}  // namespace

TEST(what_is_written_is_read) {
  const auto page = std::make_unique<Page>();
  genesis::StartPage writer(page->bytes);
  CHECK(writer.add({.name = "memory.0", .kind = abi::ObjectType::untyped, .handle = 7, .bytes = 4096}));
  CHECK(writer.add({.name = "channel.console", .kind = abi::ObjectType::memory, .handle = 8, .address = 0x1000, .bytes = 64, .physical = 5, .extra = 1}));
  CHECK(writer.add_config("argv.0", "/bin/sh"));
  CHECK(writer.add_config("empty", ""));
  abi::StartInfo info;
  info.table = 3;
  writer.finish(info);
  const rt::Start start(page->bytes);
  CHECK(start.valid());
  CHECK_EQ(start.info().table, 3u);
  CHECK_EQ(start.grant_count(), 2u);
  const auto channel = start.grant("channel.console", abi::ObjectType::memory);
  CHECK(channel && channel->handle == 8 && channel->physical == 5 && channel->extra == 1);
  CHECK(!start.grant("channel.console", abi::ObjectType::notification));
  CHECK(!start.grant("channel"));
  CHECK_EQ(start.config("argv.0").value_or(""), "/bin/sh");
  CHECK_EQ(start.config("empty").value_or("-"), "");
  CHECK(!start.config("argv.1"));
}

TEST(grants_come_and_go_later) {
  const auto page = std::make_unique<Page>();
  genesis::StartPage writer(page->bytes);
  CHECK(writer.add({.name = "memory.0", .handle = 7}));
  CHECK(writer.leave_empty(3) == 1u);
  CHECK(!writer.leave_empty(genesis::StartPage::kMostGrants - 3));
  CHECK(writer.add({.name = "last", .handle = 8}));
  writer.finish({});
  const rt::Start start(page->bytes);
  CHECK_EQ(start.grant_count(), 5u);
  CHECK(!start.grant("later"));
  CHECK(genesis::StartPage::fill(page->bytes, 2, {.name = "later", .kind = abi::ObjectType::memory, .handle = 9, .address = 0x1000, .bytes = 64, .extra = 1}));
  CHECK(!genesis::StartPage::fill(page->bytes, 3, {.name = std::string(48, 'n')}));
  CHECK(!genesis::StartPage::fill(page->bytes, genesis::StartPage::kMostGrants, {.name = "n"}));
  const auto later = start.grant("later", abi::ObjectType::memory);
  CHECK(later && later->handle == 9 && later->address == 0x1000 && later->bytes == 64 && later->extra == 1);
  CHECK_EQ(start.grant("last")->handle, 8u);
  genesis::StartPage::empty(page->bytes, 2);
  CHECK(!start.grant("later"));
}

TEST(what_does_not_fit_is_refused) {
  const auto page = std::make_unique<Page>();
  genesis::StartPage writer(page->bytes);
  CHECK(!writer.add({.name = std::string(48, 'n')}));
  CHECK(writer.add({.name = std::string(47, 'n')}));
  std::size_t grants = 1;
  while (writer.add({.name = "x"})) ++grants;
  CHECK_EQ(grants, genesis::StartPage::kMostGrants);
  CHECK(!writer.add_config("key", std::string(60'000, 'v')));
  std::size_t entries = 0;
  while (writer.add_config("key", "value")) ++entries;
  CHECK(entries > 2000);
  writer.finish({});
  const rt::Start start(page->bytes);
  CHECK_EQ(start.config_count(), entries);
  CHECK_EQ(start.config_at(entries - 1).value, "value");
  CHECK_EQ(start.grant_at(0).name.size(), 47u);
}

TEST(a_damaged_page_is_survived) {
  std::mt19937 random(7);
  for (unsigned round = 0; round < 300; ++round) {
    const auto page = std::make_unique<Page>();
    genesis::StartPage writer(page->bytes);
    for (unsigned i = 0; i < 5; ++i) {
      CHECK(writer.add({.name = "grant"}));
      CHECK(writer.add_config("key", "value"));
    }
    writer.finish({});
    for (unsigned i = 0; i < 4; ++i) page->bytes[8 + random() % 160] = static_cast<std::byte>(random());
    for (unsigned i = 0; i < 4; ++i) page->bytes[168 + 128 * 96 + random() % 80] = static_cast<std::byte>(random());
    const rt::Start start(page->bytes);
    if (!start.valid()) continue;
    (void)start.grant("nothing");
    (void)start.config("nothing");
  }
}
