// SPDX-License-Identifier: Apache-2.0
// Generated protocols over the ring: what goes there and back, and what is no request.
#include "lib/ring/protocol.hpp"

#include <abi/protocols/block.hpp>
#include <abi/protocols/fs.hpp>
#include <memory>

#include "tests/support/check.hpp"
#include "tests/unit/lib/ring/random.hpp"

using namespace tessera;
namespace block = protocol::block;
namespace fs = protocol::fs;

namespace {

// The work that a server has of a request.
ring::Work work_of(const ring::Request& request) {
  return {.operation = request.operation, .flags = request.flags, .buffer = request.buffer, .arguments = request.arguments};
}

template <typename R>
bool is(const ring::Work& work, auto check) {
  bool found = false;
  const auto act = [&](const auto& request) {
    if constexpr (std::is_same_v<std::remove_cvref_t<decltype(request)>, R>) found = check(request);
  };
  return ring::decode<std::conditional_t<std::is_same_v<typename R::Answer, fs::RenameAnswer>, fs::Protocol, block::Protocol>>(work, act) && found;
}

}  // namespace

TEST(a_request_goes_there_and_back) {
  const auto work = work_of(ring::request_for(
      fs::RenameRequest{.from = ~0ull, .to = 2, .seconds = 3, .nanoseconds = 4, .how = ~0u, .name_bytes = 6, .to_name_bytes = 7},
      {.offset = 3, .bytes = 13}));
  CHECK(is<fs::RenameRequest>(work, [](const fs::RenameRequest& request) {
    return request.from == ~0ull && request.to == 2 && request.seconds == 3 && request.nanoseconds == 4 && request.how == ~0u &&
           request.name_bytes == 6 && request.to_name_bytes == 7;
  }));
  const fs::SeekAnswer answer{.offset = 77};
  CHECK_EQ(fs::SeekAnswer::of_words(answer.words())->offset, 77u);
  CHECK(!fs::SeekAnswer::of_words({1, 1}));
}

TEST(what_is_no_request_is_not_decoded) {
  const auto any = [](const auto&) { return true; };
  const auto good = work_of(ring::request_for(block::WriteRequest{.offset = 512, .durable = 1}, {.bytes = 512}));
  CHECK(is<block::WriteRequest>(good, any));
  auto bad = good;
  bad.operation = 0;
  CHECK(!is<block::WriteRequest>(bad, any));
  bad.operation = 6;
  CHECK(!is<block::WriteRequest>(bad, any));
  bad = good;
  bad.flags = 1;
  CHECK(!is<block::WriteRequest>(bad, any));
  for (const std::size_t word : {1u, 2u, 3u, 4u}) {
    bad = good;
    bad.arguments.at(word) |= std::uint64_t{1} << 32;
    CHECK(!is<block::WriteRequest>(bad, any));
  }
  bad = good;
  bad.buffer.form = ring::Form::pieces;
  CHECK(is<block::WriteRequest>(bad, any));
  // Without a buffer there is none.
  const auto flush = work_of(ring::request_for(block::FlushRequest{}));
  CHECK(is<block::FlushRequest>(flush, any));
  bad = flush;
  bad.buffer.bytes = 1;
  CHECK(!is<block::FlushRequest>(bad, any));
  bad = flush;
  bad.buffer.form = ring::Form::pieces;
  CHECK(!is<block::FlushRequest>(bad, any));
  // Large enough, aligned and in one part for the struct.
  const auto facts = work_of(ring::request_for(block::FactsRequest{}, {.offset = 8, .bytes = sizeof(block::DiskFacts)}));
  CHECK(is<block::FactsRequest>(facts, any));
  bad = facts;
  --bad.buffer.bytes;
  CHECK(!is<block::FactsRequest>(bad, any));
  bad = facts;
  bad.buffer.offset = 4;
  CHECK(!is<block::FactsRequest>(bad, any));
  bad = facts;
  bad.buffer.form = ring::Form::pieces;
  CHECK(!is<block::FactsRequest>(bad, any));
}

TEST(any_words_are_a_request_or_not) {
  test::Random random("any words");
  unsigned good = 0, bad = 0;
  for (unsigned i = 0; i < 100'000; ++i) {
    ring::Work work{.operation = static_cast<std::uint16_t>(random.below(40)), .flags = static_cast<std::uint16_t>(random.next())};
    for (auto& word : work.arguments) word = random.one_in(2) ? 0 : random.next();
    work.buffer = {.offset = static_cast<std::uint32_t>(random.below(64)), .bytes = static_cast<std::uint32_t>(random.below(300))};
    unsigned calls = 0;
    const bool decoded = ring::decode<fs::Protocol>(work, [&](const auto& request) {
      ++calls;
      // What was decoded says all that there was.
      CHECK(request.words() == work.arguments);
    });
    CHECK_EQ(calls, decoded ? 1u : 0u);
    ++(decoded ? good : bad);
  }
  CHECK(good > 100 && bad > 100);
}

TEST(statuses_are_those_that_there_are) {
  CHECK(fs::Protocol::status(1) == fs::Status::io);
  CHECK(fs::Protocol::status(19) == fs::Status::invalid);
  CHECK(!fs::Protocol::status(0));
  CHECK(!fs::Protocol::status(20));
  CHECK_EQ(name(fs::Status::no_space), "no_space");
  CHECK(block::kHash != fs::kHash);
}
