# SPDX-License-Identifier: Apache-2.0
# create, list, extract
mkdir -p t/sub; echo one >t/a; echo two >t/sub/b; ln -s a t/link; ln t/a t/hard; chmod 640 t/a; touch -d '2020-02-02 02:02:02' t/a t/sub/b t
tar cf t.tar t; tar tf t.tar | sort
mkdir x; tar xf t.tar -C x; cat x/t/a x/t/sub/b x/t/link; readlink x/t/link; stat -c '%a %h %Y' x/t/a
tar xOf t.tar t/sub/b
