# A host whose copies take so long that frames wait for each other, which is when large receives come about.
copy_byte_millicycles 8000 assumed "for a test: 8 cycles a byte"
