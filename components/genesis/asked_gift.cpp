// SPDX-License-Identifier: Apache-2.0
#include "components/genesis/asked_gift.hpp"

namespace tessera::genesis {

void AskedGift::remove(Component& component, std::uint32_t places) {
  if (places == 0) return;
  const Window page(component.control_memory, StartPage::kBytes, abi::kRightRead | abi::kRightWrite);
  for (std::uint32_t left = places; page.valid() && left != 0; left &= left - 1) {
    StartPage::empty(page.bytes(), component.asked.room().entry + static_cast<std::size_t>(std::countr_zero(left)));
  }
  component.asked.give_back(places);
}

}  // namespace tessera::genesis
