// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/pci_windows.hpp"

#include <algorithm>

namespace tessera::genesis {

using foreign::DeviceTree;

// Each: kind and PCI address, the parent's address, bytes.
PciWindows PciWindows::read(DeviceTree::Bytes ranges, const DeviceTree::Bus& parent) {
  constexpr std::size_t kPciCells = 3, kSizeCells = 2;
  constexpr std::uint32_t kMemory32 = 2, kMemory64 = 3;
  const std::size_t entry = kPciCells + parent.address_cells + kSizeCells;
  PciWindows found;
  for (std::size_t at = 0; (at + entry) * 4 <= ranges.size() && found.count_ < found.all_.size(); at += entry) {
    const std::uint32_t kind = DeviceTree::cell(ranges, at) >> 24 & 3;
    const auto pci = DeviceTree::cells(ranges, at + 1, 2), above = DeviceTree::cells(ranges, at + kPciCells, parent.address_cells);
    const auto bytes = DeviceTree::cells(ranges, at + kPciCells + parent.address_cells, kSizeCells);
    const auto cpu = above ? DeviceTree::translate(parent, *above) : std::nullopt;
    if ((kind != kMemory32 && kind != kMemory64) || !pci || !bytes || !cpu || *bytes > ~*pci || *bytes > ~*cpu) continue;
    found.all_[found.count_] = {.pci = *pci, .cpu = *cpu, .bytes = *bytes, .used = 0, .wide = *pci + *bytes > std::uint64_t{1} << 32};
    ++found.count_;
  }
  // A wide one is used first, for what may be there.
  std::ranges::stable_sort(found.windows(), std::ranges::greater{}, &Window::wide);
  return found;
}

std::optional<std::uint64_t> PciWindows::Window::next(std::uint64_t multiple) const {
  // 0 is no address: the first of a window that begins there is not handed out.
  const std::uint64_t from = std::max<std::uint64_t>(pci + used, 1);
  const std::uint64_t start = (from + multiple - 1) & ~(multiple - 1);
  if (start < from || start - pci > bytes) return std::nullopt;
  return start;
}

std::optional<std::uint64_t> PciWindows::Window::place(std::uint64_t size) {
  const auto start = next(size);
  if (!start || size > bytes - (*start - pci)) return std::nullopt;
  used = *start + size - pci;
  return start;
}

std::optional<std::uint64_t> PciWindows::place(std::uint64_t bytes, bool wide) {
  for (Window& window : windows()) {
    if (window.wide && !wide) continue;
    if (const auto start = window.place(bytes)) return start;
  }
  return std::nullopt;
}

PciWindows::Window* PciWindows::first(bool wide) {
  const auto found = std::ranges::find(windows(), wide, &Window::wide);
  return found == windows().end() ? nullptr : &*found;
}

std::optional<std::uint64_t> PciWindows::place_in(std::uint64_t bytes, bool wide) {
  Window* window = first(wide);
  return window == nullptr ? std::nullopt : window->place(bytes);
}

std::uint64_t PciWindows::align(std::uint64_t multiple, bool wide) {
  Window* window = first(wide);
  if (window == nullptr) return 0;
  const auto start = window->next(multiple);
  // Its end may be no such multiple, and then nothing more fits.
  window->used = start ? *start - window->pci : window->bytes;
  return start.value_or(window->pci + window->bytes);
}

std::optional<std::uint64_t> PciWindows::to_cpu(std::uint64_t address, std::uint64_t bytes) const {
  for (const Window& window : windows()) {
    if (address < window.pci || address - window.pci > window.bytes || bytes > window.bytes - (address - window.pci)) continue;
    return window.cpu + (address - window.pci);
  }
  return std::nullopt;
}

}  // namespace tessera::genesis
