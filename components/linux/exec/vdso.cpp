// SPDX-License-Identifier: Apache-2.0
#include "components/linux/exec/vdso.hpp"

#include <algorithm>
#include <cstring>
#include <vector>

#include "components/linux/exec/vdso_image.hpp"
#include "components/linux/exec/vvar.hpp"
#include "components/linux/memory/address_space.hpp"
#include "components/linux/time/clock.hpp"

namespace tessera::lx {

namespace {

// A fixed list of frames as something to map.
class FrameList final : public Backing {
 public:
  std::vector<Frame> frames;
  Result<Frame> page(std::uint64_t index, bool) override {
    if (index >= frames.size()) return fail(Errno::efault);
    retain_frame(frames[static_cast<std::size_t>(index)]);
    return frames[static_cast<std::size_t>(index)];
  }
  [[nodiscard]] bool fault_around() const override { return true; }
  [[nodiscard]] const void* identity() const override { return this; }
};

Ref<FrameList> vvar_frames, vdso_frames;

std::uint64_t vdso_bytes() { return vdso_frames ? vdso_frames->frames.size() * kPageBytes : 0; }

}  // namespace

Result<void> prepare_vdso() {
  Ref<FrameList> vvar = make_ref<FrameList>();
  Ref<FrameList> vdso = make_ref<FrameList>();
  const Frame clock = TRY(allocate_zeroed_frame());
  vvar->frames.push_back(clock);
  ClockPage page;
  page.base_ticks = clock_scale.base_ticks;
  page.multiplier = clock_scale.multiplier;
  page.realtime_offset_ns = clock_scale.realtime_offset_ns;
  std::memcpy(frame_bytes(clock).data(), &page, sizeof page);
  const std::span<const std::byte> image = vdso_image();
  for (std::size_t at = 0; at < image.size(); at += kPageBytes) {
    const Frame frame = TRY(allocate_zeroed_frame());
    const auto part = image.subspan(at, std::min(kPageBytes, image.size() - at));
    std::memcpy(frame_bytes(frame).data(), part.data(), part.size());
    vdso->frames.push_back(frame);
  }
  vvar_frames = vvar;
  vdso_frames = vdso;
  return {};
}

Result<std::uint64_t> map_vdso(AddressSpace& memory, std::uint64_t top) {
  if (!vdso_frames) return top;
  Area code;
  code.end = top;
  code.start = top - vdso_bytes();
  code.protection = kProtRead | kProtExecute;
  code.kind = AreaKind::vdso;
  code.backing = vdso_frames;
  Area clock;
  clock.end = code.start;
  clock.start = clock.end - kPageBytes;
  clock.protection = kProtRead;
  clock.may_write = false;
  clock.shared = true;
  clock.kind = AreaKind::vvar;
  clock.backing = vvar_frames;
  const std::uint64_t low = clock.start;
  TRY(memory.map(std::move(code)));
  TRY(memory.map(std::move(clock)));
  return low;
}

std::uint64_t vdso_header(const AddressSpace& memory) { return vdso_frames ? memory.vdso + kPageBytes : 0; }

}  // namespace tessera::lx
