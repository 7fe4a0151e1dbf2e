// SPDX-License-Identifier: Apache-2.0
// The frames that nobody uses, linked through the words that otherwise count their
// references. Those that were never used are not linked: they are taken in order.
//
// On several processors each has a shelf with some of them: what a processor gives back it
// takes again while the page, and the words of its neighbours, are in its cache, and takes
// a lock that hardly another processor wants. The store behind is asked for many at once.
// When that is short of frames the shelves are cleared: all that is free can be had.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "components/linux/core/frames.hpp"

namespace tessera::lx {

inline constexpr std::uint32_t kNoFrame = static_cast<std::uint32_t>(Frame::none);

// `words`: one a frame; those of frames before `first_fresh` are in use.
void open_frame_store(std::span<std::uint32_t> words, std::uint32_t first_fresh);

// Free frames to `to`, with one reference each, as long as more than `leave` are left. How many.
std::size_t take_free(std::span<Frame> to, std::uint32_t leave);
// Takes over a chain of free frames: each one's word is the next one's number.
void put_free(std::uint32_t first, std::uint32_t last, std::uint32_t count);
// Also while others change it. The second looks at shelves only where the store has not enough.
std::uint32_t free_frames();
bool has_free_frames(std::uint32_t at_least);

}  // namespace tessera::lx
