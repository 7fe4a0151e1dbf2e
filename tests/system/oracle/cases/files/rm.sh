# SPDX-License-Identifier: Apache-2.0
# trees and refusals
mkdir -p d/e/f; touch d/e/f/g d/h; rm d; echo $?; rm -r d; ls; rm missing; echo $?; rm -f missing; echo $?; touch a b c; rm a b; ls
mkdir e; rmdir e; touch -- -x; rm -- -x; mkdir w; touch w/f; chmod 555 w; rm -rf w; ls; rm -rf . 2>/dev/null; echo $?
